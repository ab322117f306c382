/*
 * A disk that takes 5 ms to keep what it was given, as a real one may.
 *
 *     cc -shared -fPIC -o slow_disk.so slow_disk.c -ldl
 *     LD_PRELOAD=./slow_disk.so python ...
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static const struct timespec WAIT = {0, 5000000};

int fsync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    nanosleep(&WAIT, 0);
    return real(file);
}

int fdatasync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    nanosleep(&WAIT, 0);
    return real(file);
}
