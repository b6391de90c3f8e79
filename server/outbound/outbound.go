// Package outbound asks other servers at addresses that come from outside: settings, and documents that name further
// addresses. Whoever writes such an address could have this server ask what only it can reach, so it only asks public
// servers, by HTTPS, and reads a bounded answer for a bounded time. It knows nothing of what is asked.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Bounds of one request.
const (
	maxTime    = 10 * time.Second
	maxConnect = 5 * time.Second
	maxHeader  = 64 << 10 // bytes
	maxAnswer  = 1 << 20  // bytes
)

// Why a request is not made.
var (
	ErrScheme   = errors.New("outbound: not an https address")
	ErrAddress  = errors.New("outbound: not a public address")
	ErrRedirect = errors.New("outbound: redirected, which is not followed")
	ErrTooLong  = errors.New("outbound: the answer is too long")
)

// Client makes a client that asks public servers by HTTPS only. Private lifts both for development: it then asks any.
func Client(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: maxConnect}
	if !private {
		dialer.ControlContext = onlyPublic
	}

	return &http.Client{
		Timeout: maxTime,
		Transport: bounded{private, &http.Transport{
			DialContext:         dialer.DialContext, // no proxy: it would resolve names where nobody looks
			TLSHandshakeTimeout: maxConnect, ResponseHeaderTimeout: maxTime, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: maxHeader, MaxIdleConnsPerHost: 2, ForceAttemptHTTP2: true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return ErrRedirect },
	}
}

// onlyPublic looks at the address that is about to be connected to, after names were resolved: there is no later moment
// at which a name could come to mean another.
func onlyPublic(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !Public(to.Addr()) {
		return fmt.Errorf("%w: %s", ErrAddress, address)
	}
	return nil
}

// What IANA's registries of special-purpose addresses, RFC 6890, have beyond what netip knows by name.
var (
	special = prefixes("0.0.0.0/8 100.64.0.0/10 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 " +
		"203.0.113.0/24 240.0.0.0/4 2001::/23 2001:db8::/32 2002::/16 3fff::/20")
	globalIPv6 = netip.MustParsePrefix("2000::/3")     // all that is assigned to be reached
	translated = netip.MustParsePrefix("64:ff9b::/96") // NAT64: the last 32 bits are an IPv4 address; RFC 6052
)

// Public reports whether an address is one of the internet: not of this machine, its networks, or any special use.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if translated.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	return a.IsValid() && a.Zone() == "" && a.IsGlobalUnicast() && !a.IsPrivate() &&
		(a.Is4() || globalIPv6.Contains(a)) &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// bounded refuses what is not HTTPS, and cuts answers.
type bounded struct {
	private bool
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && (!b.private || r.URL.Scheme != "http") {
		return nil, ErrScheme
	}
	answer, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &cut{answer.Body, maxAnswer}
	return answer, nil
}

// cut is a body that fails where it becomes too long.
type cut struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader.
func (c *cut) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left+1)])
	if n > c.left {
		return c.left, ErrTooLong
	}
	c.left -= n
	return n, err
}

func prefixes(list string) []netip.Prefix {
	var all []netip.Prefix
	for s := range strings.FieldsSeq(list) {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}
