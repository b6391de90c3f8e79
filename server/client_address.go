package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// addressOf returns the network address that a request came from, without the port, as limits count it. What proxies of
// ours say in X-Forwarded-For is believed, from the right: each of them adds whom it was asked by, and what stands
// before may be made up.
func (s *Server) addressOf(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}

	address := from.Addr().Unmap()
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")

	// Each proxy of ours says who was before it; go back to the first that is not ours.
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

	return network(address)
}

// siteBits are those of an IPv6 address that a provider gives to one customer; whoever has them has all the rest.
const siteBits = 64

// network returns what an address counts as: itself, or for IPv6 the network of the customer that it belongs to.
func network(address netip.Addr) string {
	if address.Is4() {
		return address.String()
	}
	site, err := address.WithZone("").Prefix(siteBits)
	if err != nil {
		return address.String()
	}
	return site.String()
}

func (s *Server) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
