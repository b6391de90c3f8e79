package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// addressOf is the network address that a request came from, without the port. What proxies of ours say in X-Forwarded-For
// is believed, from the right: each of them adds whom it was asked by, and what stands before may be made up.
func (s *Server) addressOf(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address := from.Addr().Unmap()
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, next := range slices.Backward(said) {
		if !s.isProxy(address) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(next))
		if err != nil {
			break
		}
		address = before.Unmap()
	}
	return address.String()
}

func (s *Server) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
