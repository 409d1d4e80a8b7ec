#pragma once
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared here because glibc hides it unless _GNU_SOURCE was defined before its first header.
extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

// What a daemon is started with; MHD_start_daemon itself is variadic, which Swift cannot call.
struct stevedore_mhd_settings {
    size_t connection_memory_bytes;
    unsigned int connection_limit;
    unsigned int inactivity_seconds;
    MHD_AccessHandlerCallback access_handler;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection_changed;
    void *(*request_line)(void *context, const char *uri, struct MHD_Connection *connection);
    void *context;
};

static inline struct MHD_Daemon *stevedore_mhd_start(const struct stevedore_mhd_settings *settings) {
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
        settings->access_handler, settings->context,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->connection_memory_bytes,
        MHD_OPTION_CONNECTION_LIMIT, settings->connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->inactivity_seconds,
        MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context,
        MHD_OPTION_NOTIFY_CONNECTION, settings->connection_changed, settings->context,
        MHD_OPTION_URI_LOG_CALLBACK, settings->request_line, settings->context,
        MHD_OPTION_END);
}

static inline int stevedore_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline const struct sockaddr *stevedore_mhd_client_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

static inline void *stevedore_mhd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

// Bytes from the first byte of the method to the end of the empty line; 0 while the header is not complete.
static inline size_t stevedore_mhd_header_bytes(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

// Milliseconds since the peer last sent data; -1 if the kernel cannot tell (not a TCP socket).
static inline int64_t stevedore_milliseconds_since_data(int fd) {
    struct tcp_info info;
    socklen_t length = sizeof(info);
    memset(&info, 0, sizeof(info));
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
        return -1;
    }
    return (int64_t) info.tcpi_last_data_recv;
}

// What is lost where little is on its way is sent again at even intervals at first, also on the sockets that this one
// accepts. A socket that is not TCP refuses it, and needs it not.
static inline void stevedore_repeat_evenly(int fd) {
    int on = 1;
    (void) setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on, sizeof(on));
}

// Sends what the kernel still holds back for MSG_MORE: setting TCP_NODELAY flushes, whatever its old value.
static inline void stevedore_flush(int fd) {
    int on = 1;
    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}
