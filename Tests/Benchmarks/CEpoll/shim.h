#pragma once
// Swift's Glibc module does not have it.
#include <sys/epoll.h>
