package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// readAddresses reads where the site listens, how it is reached, and how it stops listening.
func (c *Config) readAddresses(demo bool) (err error) {
	c.Addr = ":8080"
	if demo {
		c.Addr = "127.0.0.1:8080"
	}
	c.Addr, c.AdminAddr = setting("ADDR", c.Addr), setting("ADMIN_ADDR", "127.0.0.1:8081")
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("ENSEMBLE_ADDR: %w", err)
	}
	if c.AdminAddr != "" {
		if _, _, err := net.SplitHostPort(c.AdminAddr); err != nil {
			return fmt.Errorf("ENSEMBLE_ADMIN_ADDR: %w", err)
		}
	}

	if c.BaseURL, err = url.Parse(setting("BASE_URL", "http://localhost:8080")); err != nil || c.BaseURL.Host == "" {
		return fmt.Errorf("ENSEMBLE_BASE_URL: not an absolute URL")
	}
	if c.Origins, err = origins("ORIGINS"); err != nil {
		return err
	}
	if c.Proxies, err = networks("TRUSTED_PROXIES"); err != nil {
		return err
	}

	seconds, err := number("DRAIN_SECONDS", 10, 0)
	c.DrainTime = time.Duration(seconds) * time.Second
	return err
}

// origins reads a setting of origins as browsers write them, such as https://app.example.org, with commas between them.
func origins(name string) ([]string, error) {
	all := listed(name)
	for _, given := range all {
		u, err := url.Parse(given)
		if err != nil || u.Host == "" || given != u.Scheme+"://"+strings.ToLower(u.Host) ||
			u.Scheme != "https" && u.Scheme != "http" || u.Port() == usualPorts[u.Scheme] {
			return nil, fmt.Errorf("ENSEMBLE_%s: %q is not an origin, such as https://app.example.org", name, given)
		}
	}
	return all, nil
}

// usualPorts are those that browsers leave out of origins.
var usualPorts = map[string]string{"http": "80", "https": "443"}

// listed returns the entries of a setting that has commas or spaces between them.
func listed(name string) []string {
	return strings.FieldsFunc(setting(name, ""), func(r rune) bool { return r == ',' || r == ' ' })
}

// networks reads a setting of addresses and networks, such as 10.0.0.0/8, with commas between them.
func networks(name string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, given := range listed(name) {
		network, err := netip.ParsePrefix(given)
		if err != nil {
			address, err := netip.ParseAddr(given)
			if err != nil {
				return nil, fmt.Errorf("ENSEMBLE_%s: %q is neither an address nor a network", name, given)
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}

		all = append(all, network)
	}
	return all, nil
}

// onLoopback returns the same port, for this machine only. The address was read before, so it is one.
func onLoopback(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return addr
	}
	return net.JoinHostPort("127.0.0.1", port)
}
