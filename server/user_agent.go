package server

import "strings"

// maxUserAgent bounds how much of a User-Agent header is looked at, in bytes.
const maxUserAgent = 400

// family is a kind of browser or system, and what a User-Agent says when it is one.
type family struct{ mark, name string }

// The families, those first that claim to be others as well: browsers all say Mozilla, most say Safari.
var (
	browsers = []family{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Chromium/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = []family{
		{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "macOS"}, {"Linux", "Linux"},
	}
)

// deviceOf returns the family of the browser and that of the system which a User-Agent names, so that people recognize
// their sessions: “Firefox, Linux”. Versions and models are left out: with them a single device could be recognized.
func deviceOf(userAgent string) string {
	userAgent = userAgent[:min(len(userAgent), maxUserAgent)]

	var known []string
	for _, families := range [][]family{browsers, systems} {
		for _, f := range families {
			if strings.Contains(userAgent, f.mark) {
				known = append(known, f.name)
				break
			}
		}
	}
	return strings.Join(known, ", ")
}
