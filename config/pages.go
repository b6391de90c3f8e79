package config

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSiteName is how many characters the name of a site may have, which stands in every title.
const maxSiteName = 60

// readPages reads what the site's own pages say of it, which there are, and where nodes are shown.
func (c *Config) readPages(demo bool) (err error) {
	c.Pages.Demo = demo
	c.Pages.Name = setting("SITE_NAME", "Ensemble")
	if n := utf8.RuneCountInString(c.Pages.Name); n == 0 || n > maxSiteName || !utf8.ValidString(c.Pages.Name) ||
		c.Pages.Name != strings.TrimSpace(c.Pages.Name) || strings.ContainsFunc(c.Pages.Name, unicode.IsControl) {
		return fmt.Errorf("ENSEMBLE_SITE_NAME: not a name of 1 to %d characters on one line", maxSiteName)
	}

	if c.Pages.NoExplorer, err = choice("EXPLORER", "on", "off"); err != nil {
		return err
	}

	switch home := setting("HOME_PAGE", "on"); home {
	case "on":
	case "off":
		c.Pages.NoHome = true
	default:
		u, err := url.Parse(home)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("ENSEMBLE_HOME_PAGE: not on, off or the address that it leads to")
		}
		c.Pages.Home = home
	}

	c.Links = listed("LINKS")
	return nil
}
