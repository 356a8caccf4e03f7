/* Fault injection for the tests: a library for LD_PRELOAD that intercepts system calls of the
 * program.
 *
 * It counts, from 1, the operations that change files (open to create, write, truncate, sync,
 * rename, unlink, mkdir) whose path contains FAULT_PATH. In the operations FAULT_FROM to
 * FAULT_TO it injects the fault FAULT_KIND:
 *
 *   kill       a write is done by half, another operation not at all; the process is killed
 *   power-cut  the same, and data that was written but not synced is removed
 *   stop       the process is stopped until it receives SIGCONT
 *   full       operations that need space fail with ENOSPC; the first write is done by half
 *   io-error   every operation fails with EIO
 *
 * With FAULT_CLOCK every reading of the wall clock is wrong by up to that many days in either
 * direction. With FAULT_THREADS only that many threads can be created.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *kind, *path_part;
static long from, to, count;

/* Files that were written to: a descriptor kept open to truncate the file in a power cut, and the
 * length that was synced. */
enum { MAX_FILES = 512 };
static struct { int fd; dev_t dev; ino_t ino; off_t synced; } files[MAX_FILES];
static int known;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *first = getenv("FAULT_FROM"), *last = getenv("FAULT_TO");
    kind = getenv("FAULT_KIND");
    path_part = getenv("FAULT_PATH");
    from = first ? atol(first) : 1;
    to = last ? atol(last) : LONG_MAX;
}

static void path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
}

static int file_of(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return -1;
    for (int at = 0; at < known; at++)
        if (files[at].dev == status.st_dev && files[at].ino == status.st_ino)
            return at;
    if (known == MAX_FILES)
        abort();
    files[known].fd = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    files[known].dev = status.st_dev;
    files[known].ino = status.st_ino;
    files[known].synced = status.st_size;
    return known++;
}

static void end(void) {
    if (strcmp(kind, "power-cut") == 0)
        for (int at = 0; at < known; at++) {
            struct stat status;
            if (fstat(files[at].fd, &status) == 0 && status.st_size > files[at].synced)
                REAL(ftruncate64)(files[at].fd, files[at].synced);
        }
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Counts an operation on a path. Returns whether it must fail; does not return if the fault kills
 * the process. */
static int fails(const char *path, int needs_room, int fd, const void *bytes, size_t length) {
    if (!kind || !path_part || !strstr(path, path_part))
        return 0;
    count++;
    if (count < from || count > to)
        return 0;
    if (strcmp(kind, "kill") == 0 || strcmp(kind, "power-cut") == 0) {
        if (bytes)
            REAL(write)(fd, bytes, length / 2);
        end();
    }
    if (strcmp(kind, "stop") == 0) {
        kill(getpid(), SIGSTOP);
        return 0;
    }
    if (strcmp(kind, "full") == 0) {
        errno = ENOSPC;
        return needs_room;
    }
    errno = EIO;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    char path[PATH_MAX];
    struct stat status;
    if (fd <= 2 || !kind || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return REAL(write)(fd, bytes, length);
    pthread_mutex_lock(&lock);
    path_of(fd, path);
    file_of(fd);
    ssize_t done = -1;
    if (!fails(path, 1, fd, bytes, length))
        done = REAL(write)(fd, bytes, length);
    else if (errno == ENOSPC && length > 1 && count == from)
        done = REAL(write)(fd, bytes, length / 2);
    pthread_mutex_unlock(&lock);
    return done;
}

int open64(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
        pthread_mutex_lock(&lock);
        int failed = fails(path, access(path, F_OK) != 0, -1, NULL, 0);
        pthread_mutex_unlock(&lock);
        if (failed)
            return -1;
    }
    return REAL(open64)(path, flags, mode);
}

static int sync_with(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    pthread_mutex_lock(&lock);
    path_of(fd, path);
    int done = fails(path, 0, -1, NULL, 0) ? -1 : real(fd);
    struct stat status;
    int at = done == 0 && kind ? file_of(fd) : -1;
    if (at >= 0 && fstat(fd, &status) == 0)
        files[at].synced = status.st_size;
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) { return sync_with(fd, REAL(fsync)); }

int fdatasync(int fd) { return sync_with(fd, REAL(fdatasync)); }

int ftruncate64(int fd, off64_t length) {
    char path[PATH_MAX];
    pthread_mutex_lock(&lock);
    path_of(fd, path);
    int at = kind ? file_of(fd) : -1;
    int done = fails(path, 0, -1, NULL, 0) ? -1 : REAL(ftruncate64)(fd, length);
    if (at >= 0 && done == 0 && files[at].synced > length)
        files[at].synced = length;
    pthread_mutex_unlock(&lock);
    return done;
}

/* Operations on names. A rename counts if either name contains FAULT_PATH. */
#define NAMED(needs_room, path, call)                          \
    pthread_mutex_lock(&lock);                                 \
    int done = fails(path, needs_room, -1, NULL, 0) ? -1 : call; \
    pthread_mutex_unlock(&lock);                               \
    return done

int rename(const char *before, const char *after) {
    const char *path = path_part && strstr(before, path_part) ? before : after;
    NAMED(0, path, REAL(rename)(before, after));
}

int unlink(const char *path) { NAMED(0, path, REAL(unlink)(path)); }

int mkdir(const char *path, mode_t mode) { NAMED(1, path, REAL(mkdir)(path, mode)); }

/* The error of this reading of the wall clock, in seconds. */
static int64_t clock_error(void) {
    static uint64_t state = 88172645463325252u;
    const char *days = getenv("FAULT_CLOCK");
    if (!days)
        return 0;
    /* Not synchronised between threads: no test depends on the sequence. */
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    int64_t limit = atol(days) * 86400L;
    return (int64_t)(state % (2 * limit + 1)) - limit;
}

static time_t wrong_time(time_t now) {
    now += clock_error();
    return now < 0 ? 0 : now;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int done = REAL(clock_gettime)(clock, at);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        at->tv_sec = wrong_time(at->tv_sec);
    return done;
}

int gettimeofday(struct timeval *at, void *zone) {
    int done = REAL(gettimeofday)(at, zone);
    if (done == 0)
        at->tv_sec = wrong_time(at->tv_sec);
    return done;
}

time_t time(time_t *at) {
    time_t now = wrong_time(REAL(time)(NULL));
    if (at)
        *at = now;
    return now;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*work)(void *), void *with) {
    static atomic_int made;
    const char *limit = getenv("FAULT_THREADS");
    if (limit && atomic_fetch_add(&made, 1) >= atoi(limit))
        return EAGAIN;
    return REAL(pthread_create)(thread, how, work, with);
}
