package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// A proxy is believed about its client when it is one of ours. What a client makes up is not believed.
func TestAddressOf(t *testing.T) {
	s := &Server{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}

	for _, c := range []struct {
		name, from, want string
		said             []string
	}{
		{"a client", "192.0.2.1:1234", "192.0.2.1", nil},
		{"a client that makes something up", "192.0.2.1:1234", "192.0.2.1", []string{"198.51.100.7"}},
		{"behind a proxy", "10.1.2.3:80", "192.0.2.1", []string{"192.0.2.1"}},
		{"behind two", "10.1.2.3:80", "192.0.2.1", []string{"192.0.2.1, 10.9.9.9"}},
		{"in two headers", "10.1.2.3:80", "192.0.2.1", []string{"198.51.100.7", "192.0.2.1"}},
		{"behind a proxy, and makes something up", "10.1.2.3:80", "192.0.2.1", []string{"198.51.100.7, 192.0.2.1"}},
		{"a proxy that says nothing", "10.1.2.3:80", "10.1.2.3", nil},
		{"a proxy that says nonsense", "10.1.2.3:80", "10.1.2.3", []string{"192.0.2.1, unknown"}},
		{"of version 6", "[::1]:80", "2001:db8::/64", []string{"2001:db8::1"}},
		{"of the same network", "[::1]:80", "2001:db8::/64", []string{"2001:db8::ffff:1:2:3%eth0"}},
		{"of another network", "[::1]:80", "2001:db8:0:1::/64", []string{"2001:db8:0:1::1"}},
		{"of version 4 in 6", "[::ffff:10.1.2.3]:80", "192.0.2.1", []string{"::ffff:192.0.2.1"}},
		{"behind more than anybody has", "10.1.2.3:80", "10.9.9.9",
			[]string{"192.0.2.1" + strings.Repeat(",10.9.9.9", 20)}},
		{"behind nearly as many", "10.1.2.3:80", "192.0.2.1",
			[]string{"192.0.2.1" + strings.Repeat(",10.9.9.9", 19)}},
		{"an empty line", "10.1.2.3:80", "10.1.2.3", []string{"192.0.2.1", ""}},
		{"of no network", "pipe", "pipe", []string{"192.0.2.1"}},
	} {
		r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.from, c.said
		if got := s.addressOf(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// However much somebody sends, no more of it is read than proxies may have added, and nothing is kept.
func TestLongForwardedFor(t *testing.T) {
	s := &Server{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
	for from, want := range map[string]string{"192.0.2.1:80": "192.0.2.1", "10.0.0.1:80": "10.0.0.1"} {
		r.RemoteAddr = from
		for _, said := range []string{strings.Repeat(",", 30_000), strings.Repeat("10.0.0.1,", 3_000) + "10.0.0.1"} {
			r.Header["X-Forwarded-For"] = []string{said}
			if got := s.addressOf(r); got != want {
				t.Errorf("from %s: %s", from, got)
			}
			if n := testing.AllocsPerRun(10, func() { s.addressOf(r) }); n > 5 {
				t.Errorf("from %s: %g times something is kept", from, n)
			}
		}
	}

	looked := 0
	for range fromTheRight([]string{strings.Repeat(",", 30_000)}) {
		if looked++; looked == 3 {
			break
		}
	}
	if looked != 3 {
		t.Errorf("%d entries were read", looked)
	}
}
