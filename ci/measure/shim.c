/* A capture device that is not there, for measuring two programs under the same conditions.
 *
 * Loaded with LD_PRELOAD, it answers for /dev/video0 what a USB grabber answers: one format,
 * 1920x1080 at 30 frames/s, MMAP streaming. It works for every dynamically linked program that
 * reaches V4L2 through the C library. The pictures are files, copied into the buffers once; per
 * frame only a number (the id) is rewritten, so playing the device costs next to no CPU time.
 * When a frame becomes ready, the moment is written to a shared file under its id: a client that
 * finds the id in a received frame knows how old it is.
 *
 * Environment:
 *   BENCH_FORMAT  MJPG or YUYV
 *   BENCH_FRAMES  picture files joined by ':'; buffer i always shows picture i modulo their count
 *   BENCH_READY   shared file: u64 last id, u64 frames dropped for want of a buffer,
 *                 then 65536 times u64 nanoseconds of CLOCK_MONOTONIC, indexed by id modulo 65536
 *   BENCH_STILL   if set, the id is never rewritten: all frames are the same bytes
 *
 * The id: in a JPEG 8 hexadecimal digits at byte 14, inside the comment that the generator put
 * there; in YUYV 32 blocks of 16x16 pixels in the top left corner, white = 1, highest bit first. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <linux/videodev2.h>

enum { WIDTH = 1920, HEIGHT = 1080, FPS = 30, MAX_BUFFERS = 32, RING = 65536, JPEG_ID = 14 };
static const char NODE[] = "/dev/video0";
static const size_t BUFFER = (WIDTH * HEIGHT * 2 + 4095) & ~4095ul;

/* The C library's own function behind one of ours. */
#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

/* A queue of buffer numbers; each buffer is in one queue at most once, so it never overflows. */
struct queue { unsigned at[MAX_BUFFERS], head, tail; };

static struct {
    pthread_mutex_t lock;          /* protects everything from `empty` to `stop` */
    int fd, signal;                /* a pipe: one byte in it for each frame to be taken. The program holds
                                      its reading end, which polls like a device: never writable */
    int memory;                    /* memfd behind all buffers, or -1 */
    unsigned count;
    uint8_t *buffer[MAX_BUFFERS];
    uint32_t used[MAX_BUFFERS];    /* bytes of picture in each buffer */
    struct queue empty, full;
    struct v4l2_buffer ready[MAX_BUFFERS];
    bool stop, streaming;
    pthread_t thread;
    uint32_t format, id;
    volatile uint64_t *times;      /* the shared file */
} device = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1, .signal = -1, .memory = -1 };

static void push(struct queue *q, unsigned index) { q->at[q->tail++ % MAX_BUFFERS] = index; }
static unsigned pop(struct queue *q) { return q->at[q->head++ % MAX_BUFFERS]; }

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "shim: %s: %s\n", what, strerror(errno));
    _exit(9);
}

static const char *setting(const char *name) {
    const char *value = getenv(name);
    if (!value) give_up(name);
    return value;
}

/* Copies picture `index` modulo the number of pictures into its buffer. */
static void fill(unsigned index) {
    char *list = strdup(setting("BENCH_FRAMES")), *rest = list, *files[64];
    unsigned n = 0;
    for (char *file; n < 64 && (file = strsep(&rest, ":")); ) files[n++] = file;
    int fd = REAL(open)(files[index % n], O_RDONLY);
    ssize_t size = fd < 0 ? -1 : read(fd, device.buffer[index], BUFFER);
    if (size <= 0) give_up(files[index % n]);
    device.used[index] = size;
    REAL(close)(fd);
    free(list);
}

static void write_id(uint8_t *picture, uint32_t id) {
    if (device.format == V4L2_PIX_FMT_MJPEG) {
        for (unsigned digit = 0; digit < 8; digit++) picture[JPEG_ID + digit] = "0123456789abcdef"[id >> (28 - 4 * digit) & 15];
        return;
    }
    uint8_t row[32 * 16 * 2];
    for (unsigned pixel = 0; pixel < 32 * 16; pixel++) {
        row[pixel * 2] = id >> (31 - pixel / 16) & 1 ? 235 : 16;
        row[pixel * 2 + 1] = 128;
    }
    for (unsigned y = 0; y < 16; y++) memcpy(picture + y * WIDTH * 2, row, sizeof row);
}

static struct timespec now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t;
}

/* One frame: number it, stamp it, hand it over. Called with the lock held. */
static void deliver(void) {
    device.times[0] = ++device.id;
    if (device.empty.head == device.empty.tail) {
        device.times[1]++;
        return;
    }
    unsigned index = pop(&device.empty);
    if (!getenv("BENCH_STILL")) write_id(device.buffer[index], device.id);
    struct timespec t = now();
    device.ready[index] = (struct v4l2_buffer) {
        .index = index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP,
        .bytesused = device.used[index], .length = BUFFER, .m.offset = index * BUFFER,
        .sequence = device.id, .field = V4L2_FIELD_NONE,
        .flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
        .timestamp = { t.tv_sec, t.tv_nsec / 1000 },
    };
    device.times[2 + device.id % RING] = t.tv_sec * 1000000000ull + t.tv_nsec;
    push(&device.full, index);
    if (write(device.signal, "", 1) < 0) device.times[1]++;
}

static void *play(void *unused) {
    /* Like the interrupt of a real device, it comes before whatever the program does. */
    pthread_setschedparam(pthread_self(), SCHED_RR, &(struct sched_param) { .sched_priority = 20 });
    prctl(PR_SET_NAME, "shim");
    prctl(PR_SET_TIMERSLACK, 1);
    struct timespec next = now();
    for (bool stop = false; !stop; ) {
        next.tv_nsec += 1000000000 / FPS;
        next.tv_sec += next.tv_nsec / 1000000000;
        next.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
        pthread_mutex_lock(&device.lock);
        stop = device.stop;
        if (!stop) deliver();
        pthread_mutex_unlock(&device.lock);
    }
    return unused;
}

static void stream_off(void) {
    if (device.streaming) {
        pthread_mutex_lock(&device.lock);
        device.stop = true;
        pthread_mutex_unlock(&device.lock);
        pthread_join(device.thread, NULL);
        device.stop = device.streaming = false;
    }
    char bytes[MAX_BUFFERS];
    while (poll(&(struct pollfd) { device.fd, POLLIN, 0 }, 1, 0) > 0 && read(device.fd, bytes, sizeof bytes) > 0) { }
    device.empty = device.full = (struct queue) { 0 };
}

static int stream_on(void) {
    if (!device.streaming) device.streaming = !pthread_create(&device.thread, NULL, play, NULL);
    return 0;
}

static int refuse(int error) { errno = error; return -1; }

static int request_buffers(struct v4l2_requestbuffers *request) {
    if (request->memory != V4L2_MEMORY_MMAP) return refuse(EINVAL);
    stream_off();
    for (unsigned i = 0; i < device.count; i++) munmap(device.buffer[i], BUFFER);
    if (device.memory >= 0) REAL(close)(device.memory);
    device.memory = -1;
    device.count = request->count = request->count < MAX_BUFFERS ? request->count : MAX_BUFFERS;
    request->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP;
    if (!device.count) return 0;
    device.memory = memfd_create("shim", MFD_CLOEXEC);
    if (ftruncate(device.memory, device.count * BUFFER)) give_up("buffers");
    for (unsigned i = 0; i < device.count; i++) {
        device.buffer[i] = REAL(mmap)(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_SHARED, device.memory, i * BUFFER);
        if (device.buffer[i] == MAP_FAILED) give_up("map");
        fill(i);
    }
    return 0;
}

static int query_buffer(struct v4l2_buffer *b) {
    if (b->index >= device.count) return refuse(EINVAL);
    *b = (struct v4l2_buffer) { .index = b->index, .type = b->type, .memory = V4L2_MEMORY_MMAP,
                                .length = BUFFER, .m.offset = b->index * BUFFER };
    return 0;
}

static int queue_buffer(struct v4l2_buffer *b) {
    if (b->index >= device.count) return refuse(EINVAL);
    pthread_mutex_lock(&device.lock);
    push(&device.empty, b->index);
    pthread_mutex_unlock(&device.lock);
    return 0;
}

/* Reading the pipe blocks, or says EAGAIN, as the program asked for when it opened the device. */
static int dequeue_buffer(struct v4l2_buffer *b) {
    char one;
    if (read(device.fd, &one, 1) != 1) return -1;
    pthread_mutex_lock(&device.lock);
    *b = device.ready[pop(&device.full)];
    pthread_mutex_unlock(&device.lock);
    return 0;
}

static int capability(struct v4l2_capability *c) {
    *c = (struct v4l2_capability) { .driver = "uvcvideo", .card = "USB Video: USB Video", .version = 0x060100,
        .bus_info = "usb-0000:01:00.0-1.2", .device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING };
    c->capabilities = c->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static int list_format(struct v4l2_fmtdesc *d) {
    if (d->index || d->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return refuse(EINVAL);
    d->pixelformat = device.format;
    d->flags = device.format == V4L2_PIX_FMT_MJPEG ? V4L2_FMT_FLAG_COMPRESSED : 0;
    return 0;
}

static int list_size(struct v4l2_frmsizeenum *s) {
    if (s->index || s->pixel_format != device.format) return refuse(EINVAL);
    s->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    s->discrete = (struct v4l2_frmsize_discrete) { WIDTH, HEIGHT };
    return 0;
}

static int list_interval(struct v4l2_frmivalenum *i) {
    if (i->index || i->pixel_format != device.format) return refuse(EINVAL);
    i->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    i->discrete = (struct v4l2_fract) { 1, FPS };
    return 0;
}

static int rate(struct v4l2_streamparm *p) {
    p->parm.capture = (struct v4l2_captureparm) { .capability = V4L2_CAP_TIMEPERFRAME, .timeperframe = { 1, FPS } };
    return 0;
}

static int picture_format(struct v4l2_format *f) {
    f->fmt.pix = (struct v4l2_pix_format) { .width = WIDTH, .height = HEIGHT, .pixelformat = device.format,
        .field = V4L2_FIELD_NONE, .sizeimage = WIDTH * HEIGHT * 2, .colorspace = V4L2_COLORSPACE_SRGB,
        .bytesperline = device.format == V4L2_PIX_FMT_YUYV ? WIDTH * 2 : 0 };
    return 0;
}

static int answer(unsigned long request, void *argument) {
    switch ((uint32_t)request) {
    case VIDIOC_QUERYCAP: return capability(argument);
    case VIDIOC_ENUM_FMT: return list_format(argument);
    case VIDIOC_ENUM_FRAMESIZES: return list_size(argument);
    case VIDIOC_ENUM_FRAMEINTERVALS: return list_interval(argument);
    case VIDIOC_G_FMT: case VIDIOC_S_FMT: case VIDIOC_TRY_FMT: return picture_format(argument);
    case VIDIOC_G_PARM: case VIDIOC_S_PARM: return rate(argument);
    case VIDIOC_G_INPUT: *(int *)argument = 0; return 0;
    case VIDIOC_S_INPUT: return 0;
    case VIDIOC_REQBUFS: return request_buffers(argument);
    case VIDIOC_QUERYBUF: return query_buffer(argument);
    case VIDIOC_QBUF: return queue_buffer(argument);
    case VIDIOC_DQBUF: return dequeue_buffer(argument);
    case VIDIOC_STREAMON: return stream_on();
    case VIDIOC_STREAMOFF: stream_off(); return 0;
    default: return refuse(ENOTTY);
    }
}

static int open_device(int flags) {
    if (device.fd >= 0) return refuse(EBUSY);
    if (!device.times) {
        size_t size = (2 + RING) * sizeof(uint64_t);
        int file = REAL(open)(setting("BENCH_READY"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (file < 0 || ftruncate(file, size)) give_up("BENCH_READY");
        device.times = REAL(mmap)(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        REAL(close)(file);
        device.format = strcmp(setting("BENCH_FORMAT"), "YUYV") ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | (flags & O_NONBLOCK))) return -1;
    device.signal = ends[1];
    return device.fd = ends[0];
}

/* ---- what the program calls instead of the C library ---- */

#define OPEN(name) int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return strcmp(path, NODE) ? REAL(name)(path, flags, mode) : open_device(flags); }
OPEN(open)
OPEN(open64)

int access(const char *path, int mode) { return strcmp(path, NODE) ? REAL(access)(path, mode) : 0; }

int close(int fd) {
    if (fd >= 0 && fd == device.fd) {
        stream_off();
        REAL(close)(device.signal);
        device.fd = -1;
    }
    return REAL(close)(fd);
}

int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return fd >= 0 && fd == device.fd ? answer(request, argument) : REAL(ioctl)(fd, request, argument);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    bool ours = fd >= 0 && fd == device.fd;
    return REAL(mmap)(at, size, protection, flags, ours ? device.memory : fd, offset);
}

void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));
