// "Enter your password again": what is asked when the appliance wants more than a session for something that matters.
//
//   action ──403 confirm──► ask() ──prove() right──► the action goes on by itself
//                             └────cancel()────────► the action is refused
//
// `api/client.ts` calls `ask`, `parts/confirm.tsx` shows the question. Never keeps a password.

import { signal } from "@preact/signals";

export class Confirmation {
  /** The question is on the page. */
  readonly asking = signal(false);
  #answers: ((proved: boolean) => void)[] = [];

  /** Whether it was proved. Two actions at once are one question. */
  ask(): Promise<boolean> {
    this.asking.value = true;
    return new Promise((answer) => this.#answers.push(answer));
  }

  proved(): void {
    this.#answer(true);
  }

  cancel(): void {
    this.#answer(false);
  }

  #answer(proved: boolean): void {
    const answers = this.#answers;
    this.#answers = [];
    this.asking.value = false;
    for (const answer of answers) answer(proved);
  }
}

export const confirmation = new Confirmation();
