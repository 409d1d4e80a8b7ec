#pragma once
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

// curl's option and info functions are variadic, which Swift cannot call: one typed function a kind of argument.

typedef size_t (*stevedore_curl_data_callback)(char *data, size_t size, size_t count, void *context);

static inline CURLcode stevedore_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode stevedore_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

// For strings, which curl copies, and for contexts, lists and buffers, which it keeps.
static inline CURLcode stevedore_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode stevedore_curl_set_callback(
    CURL *handle, CURLoption option, stevedore_curl_data_callback callback) {
    return curl_easy_setopt(handle, option, callback);
}

static inline CURLMcode stevedore_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline long stevedore_curl_response_code(CURL *handle) {
    long code = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

static inline void *stevedore_curl_private(CURL *handle) {
    char *pointer = NULL;
    return curl_easy_getinfo(handle, CURLINFO_PRIVATE, &pointer) == CURLE_OK ? pointer : NULL;
}

// The numeric address of the other end, and its port; NULL if there is none, as with a unix socket.
static inline const char *stevedore_curl_peer(CURL *handle, long *port) {
    char *address = NULL;
    if (curl_easy_getinfo(handle, CURLINFO_PRIMARY_IP, &address) != CURLE_OK || address == NULL || *address == 0 ||
        curl_easy_getinfo(handle, CURLINFO_PRIMARY_PORT, port) != CURLE_OK) {
        return NULL;
    }
    return address;
}

static inline CURLcode stevedore_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

// Sockets must not reach the processes that the caller spawns. Where little is on its way, what was lost is sent again
// six times at even intervals before they grow: a network that loses half of everything delays it by a second and not by
// ten. A socket that is not TCP refuses that, and needs it not.
static inline curl_socket_t stevedore_curl_open_socket(
    void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    (void) context;
    (void) purpose;
    int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    // Else errno would not say any more why there is none.
    if (descriptor >= 0) {
        int on = 1;
        (void) setsockopt(descriptor, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on, sizeof(on));
    }
    return descriptor;
}

static inline CURLcode stevedore_curl_make_sockets(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, stevedore_curl_open_socket);
}
