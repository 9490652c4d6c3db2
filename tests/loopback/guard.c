/* Loaded into a server with LD_PRELOAD, and into every process that it starts: keeps them on loopback.
 *
 * Connections, datagrams and listening elsewhere fail, and so does the look-up of any name but localhost. Each attempt is a line in
 * the file LOOPBACK_ESCAPES_LOG, because the server may swallow the error. Local sockets (AF_UNIX, netlink) pass.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const char *what, const char *where) {
    const char *path = getenv("LOOPBACK_ESCAPES_LOG");
    char line[512];
    int length = snprintf(line, sizeof line, "%s %s\n", what, where);
    int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || length < 0) abort(); /* without a log there must be no attempt */
    if (write(file, line, length < (int)sizeof line ? length : (int)sizeof line - 1) < 0) abort();
    close(file);
}

static int is_loopback(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    if (address->sa_family != AF_INET6) return 1;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
}

static int refuse(const char *what, const struct sockaddr *address) {
    char host[INET6_ADDRSTRLEN] = "", where[INET6_ADDRSTRLEN + 16];
    const void *bytes = address->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
                                                      : (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;
    inet_ntop(address->sa_family, bytes, host, sizeof host);
    snprintf(where, sizeof where, "%s port %d", host, ntohs(((const struct sockaddr_in *)address)->sin_port));
    note(what, where);
    errno = ENETUNREACH;
    return -1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int connect(int socket, const struct sockaddr *address, socklen_t size) {
    return is_loopback(address) ? NEXT(connect)(socket, address, size) : refuse("connect", address);
}

int bind(int socket, const struct sockaddr *address, socklen_t size) {
    return is_loopback(address) ? NEXT(bind)(socket, address, size) : refuse("bind", address);
}

ssize_t sendto(int socket, const void *data, size_t length, int flags, const struct sockaddr *address, socklen_t size) {
    if (address && !is_loopback(address)) return refuse("sendto", address);
    return NEXT(sendto)(socket, data, length, flags, address, size);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    if (message->msg_name && !is_loopback(message->msg_name)) return refuse("sendmsg", message->msg_name);
    return NEXT(sendmsg)(socket, message, flags);
}

int sendmmsg(int socket, struct mmsghdr *messages, unsigned int count, int flags) {
    for (unsigned int i = 0; i < count; i++) {
        const struct sockaddr *address = messages[i].msg_hdr.msg_name;
        if (address && !is_loopback(address)) return refuse("sendmmsg", address);
    }
    return NEXT(sendmmsg)(socket, messages, count, flags);
}

static int is_local_name(const char *name) {
    unsigned char address[sizeof(struct in6_addr)];
    return !name || !*name || !strcmp(name, "localhost") || inet_pton(AF_INET, name, address) == 1 ||
           inet_pton(AF_INET6, name, address) == 1;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    if (is_local_name(name)) return NEXT(getaddrinfo)(name, service, hints, found);
    note("lookup", name);
    return EAI_NONAME;
}

struct hostent *gethostbyname(const char *name) {
    if (is_local_name(name)) return NEXT(gethostbyname)(name);
    note("lookup", name);
    h_errno = HOST_NOT_FOUND;
    return NULL;
}

int gethostbyname_r(const char *name, struct hostent *entry, char *buffer, size_t size, struct hostent **found, int *error) {
    if (is_local_name(name)) return NEXT(gethostbyname_r)(name, entry, buffer, size, found, error);
    note("lookup", name);
    *found = NULL;
    *error = HOST_NOT_FOUND;
    return ENOENT;
}
