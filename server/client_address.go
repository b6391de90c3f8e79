package server

import (
	"iter"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxHops is how many entries of X-Forwarded-For are looked at: more than anybody has proxies, one behind the other.
const maxHops = 20

// addressOf returns the network address that a request came from, without the port, as limits count it. Behind a proxy
// of ours it is found in X-Forwarded-For. Only the entries that our own proxies added, from the right, are believed; a
// client can invent the rest.
func (s *Server) addressOf(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}

	// Each of our proxies added the address that it was called from: go back to the first that is not one of ours.
	address, hops := from.Addr().Unmap(), 0
	for next := range fromTheRight(r.Header["X-Forwarded-For"]) {
		if hops++; hops > maxHops || !s.isProxy(address) {
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

// fromTheRight yields the entries of a header's lines, which commas separate, the last one first. It reads no more of a
// line than is asked for: a stranger may send thousands.
func fromTheRight(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range slices.Backward(lines) {
			for comma := len(line); comma >= 0; {
				line = line[:comma]
				comma = strings.LastIndexByte(line, ',')
				if !yield(line[comma+1:]) {
					return
				}
			}
		}
	}
}

// customerBits is the length of the IPv6 network that a provider gives one customer, who can use every address in it.
const customerBits = 64

// network returns what an address counts as: an IPv4 address as itself, an IPv6 address as the network of its customer.
func network(address netip.Addr) string {
	if address.Is4() {
		return address.String()
	}

	customer, err := address.WithZone("").Prefix(customerBits)
	if err != nil {
		return address.String()
	}
	return customer.String()
}

// isProxy reports whether an address is one of a proxy in front, whose X-Forwarded-For is believed.
func (s *Server) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
