/* Calls that write under one folder, counted; from the n-th on they fail, as on a disk that is full, read-only or broken.
   Loaded ahead of the C library (LD_PRELOAD), so that it also stands between libraries of C++ or Rust and the disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { FULL = 1, READ_ONLY, FORBIDDEN, BROKEN, HALF, CLOCK };
enum { OPENING = 1, WRITING, SYNCING, NAMING, ADDING, ERASING };

static char root[PATH_MAX];
static long point, touched;
static int mode;

/* Fail from the n-th call on (BROKEN and HALF: that one alone; CLOCK: the clock goes back a day then). */
void faults_begin(const char *folder, long n, int how) {
    strncpy(root, folder, sizeof root - 1);
    point = n, mode = how, touched = 0;
}

long faults_seen(void) { return touched; }

static int below(const char *path) { return root[0] && path && strncmp(path, root, strlen(root)) == 0; }

static int below_descriptor(int descriptor) {
    char link[64], path[PATH_MAX];
    if (!root[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return below(path);
}

/* The error with which this call has to fail, 0 = none. */
static int failing(int here, int what) {
    if (!here) return 0;
    touched++;
    int there = touched == point, after = point && touched >= point;
    switch (mode) {
    case FULL: return after && (what == OPENING || what == WRITING || what == ADDING) ? ENOSPC : 0;
    case READ_ONLY: return after ? EROFS : 0;
    case FORBIDDEN: return after && what != WRITING && what != SYNCING ? EACCES : 0;
    case BROKEN: return there ? EIO : 0;
    default: return 0;
    }
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)
#define REFUSE(here, what) \
    int error = failing(here, what); \
    if (error) return errno = error, -1
#define WRITES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t bits = va_arg(more, int); va_end(more); \
        REAL(int, name, const char *, int, ...); \
        REFUSE(WRITES(flags) && below(path), OPENING); \
        return real(path, flags, bits); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t bits = va_arg(more, int); va_end(more); \
        REAL(int, name, int, const char *, int, ...); \
        REFUSE(WRITES(flags) && below(path), OPENING); \
        return real(folder, path, flags, bits); \
    }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name) \
    FILE *name(const char *path, const char *how) { \
        REAL(FILE *, name, const char *, const char *); \
        int error = failing(strpbrk(how, "wa+") && below(path), OPENING); \
        if (error) return errno = error, NULL; \
        return real(path, how); \
    }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int descriptor, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    int here = below_descriptor(descriptor), error = failing(here, WRITING);
    int half = here && touched == point && (mode == FULL || mode == HALF);
    if (half && size > 1) return real(descriptor, data, size / 2); /* what fits; the next one is told */
    if (error) return errno = error, -1;
    return real(descriptor, data, size);
}

int fsync(int descriptor) {
    REAL(int, fsync, int);
    REFUSE(below_descriptor(descriptor), SYNCING);
    return real(descriptor);
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    REFUSE(below(to), NAMING);
    return real(from, to);
}

int link(const char *from, const char *to) {
    REAL(int, link, const char *, const char *);
    REFUSE(below(to), ADDING);
    return real(from, to);
}

int linkat(int here, const char *from, int there, const char *to, int flags) {
    REAL(int, linkat, int, const char *, int, const char *, int);
    REFUSE(below(to), ADDING);
    return real(here, from, there, to, flags);
}

int mkdir(const char *path, mode_t bits) {
    REAL(int, mkdir, const char *, mode_t);
    REFUSE(below(path), ADDING);
    return real(path, bits);
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    REFUSE(below(path), ERASING);
    return real(path);
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    REAL(int, clock_gettime, clockid_t, struct timespec *);
    int answer = real(clock, out);
    if (clock == CLOCK_REALTIME && mode == CLOCK && point && touched >= point) out->tv_sec -= 86400;
    return answer;
}
