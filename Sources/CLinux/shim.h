#pragma once
// No _GNU_SOURCE here: these headers are also part of Swift's own Glibc module, and have to look the same in both.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// syscall() is variadic, which Swift cannot call, and glibc 2.36 is the first with a function of its own.
static inline int stevedore_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0U);
}

// P_PIDFD (3) is missing in older headers.
static inline int stevedore_wait_pidfd(int descriptor, siginfo_t *information, int options) {
    return waitid((idtype_t)3, (id_t)descriptor, information, options);
}

// The members of siginfo_t are macros over unions.
static inline int stevedore_siginfo_code(const siginfo_t *information) {
    return information->si_code;
}
static inline int stevedore_siginfo_status(const siginfo_t *information) {
    return information->si_status;
}
static inline pid_t stevedore_siginfo_pid(const siginfo_t *information) {
    return information->si_pid;
}

static inline short stevedore_spawn_flags(void) {
    const short new_session = 0x80; // POSIX_SPAWN_SETSID, an extension
    return new_session | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
}

int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

static inline int stevedore_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

// An anonymous file in memory, closed in children.
static inline int stevedore_memory_file(const char *name) {
    return (int)syscall(SYS_memfd_create, name, 1U);
}

// fcntl() is variadic.
static inline int stevedore_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}
static inline int stevedore_duplicate_above(int descriptor, int lowest) {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest);
}
static inline int stevedore_pipe(int descriptors[2]) {
    return (int)syscall(SYS_pipe2, descriptors, O_CLOEXEC);
}

// In malloc.h, which Swift's Glibc module does not have.
int malloc_trim(size_t pad);

// ioctl() and open() are variadic. The first descriptor is the one to read from, the second the terminal itself.
static inline int stevedore_pseudo_terminal(int descriptors[2]) {
    int locked = 0;
    descriptors[0] = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (descriptors[0] < 0) return -1;
    if (ioctl(descriptors[0], TIOCSPTLCK, &locked) == 0) {
        descriptors[1] = ioctl(descriptors[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (descriptors[1] >= 0) return 0;
    }
    int reason = errno;
    close(descriptors[0]);
    errno = reason;
    return -1;
}
