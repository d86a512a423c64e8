// Something of the appliance's that is asked for again and again while it is shown.

export interface Edges {
  /** Gives back what cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

export const browserEdges: Edges = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface Looks<T> {
  readonly everyMs: number;
  get(): Promise<T>;
  came(answer: T): void | Promise<void>;
  failed(caught: unknown): void;
}

export class Looking<T> {
  #shown = false;
  #asked = 0;
  #cancel = () => {};

  constructor(
    private readonly looks: Looks<T>,
    private readonly edges: Edges,
  ) {}

  /** From now on it is seen; gives back what ends that. */
  show(): () => void {
    this.#shown = true;
    void this.look();
    return () => {
      this.#shown = false;
      this.#cancel();
    };
  }

  async look(): Promise<void> {
    this.#cancel();
    const asked = ++this.#asked;
    try {
      const answer = await this.looks.get();
      // An older answer says nothing about what was done since.
      if (asked === this.#asked) await this.looks.came(answer);
    } catch (caught) {
      if (asked === this.#asked) this.looks.failed(caught);
    }
    if (asked === this.#asked && this.#shown) this.#cancel = this.edges.after(this.looks.everyMs, () => void this.look());
  }
}
