// Loaded before a program that is under test: kills it right after the Nth flush of a file, as a power cut would.
//
// DIE_AFTER_WRITE=N        the flush after which it dies, counted from 1
// DIE_AFTER_WRITE_TO=NAME  the end of the file's name
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long flushes;

static int is_the_file(int file) {
    const char *name = getenv("DIE_AFTER_WRITE_TO");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (name == NULL || length < (ssize_t)strlen(name)) return 0;
    path[length] = 0;
    return strcmp(path + length - strlen(name), name) == 0;
}

static int flushed(int file, int result) {
    const char *wanted = getenv("DIE_AFTER_WRITE");
    if (wanted != NULL && result == 0 && is_the_file(file) && atomic_fetch_add(&flushes, 1) + 1 == atol(wanted))
        kill(getpid(), SIGKILL);
    return result;
}

int fdatasync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return flushed(file, real(file));
}

int fsync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return flushed(file, real(file));
}
