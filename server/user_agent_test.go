package server

import (
	"strings"
	"testing"
)

// A device is named by its browser and its system; what is neither is not named.
func TestDeviceOf(t *testing.T) {
	const (
		windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
		mac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
		iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) "
		android = "Mozilla/5.0 (Linux; Android 15; Pixel 9) "
		blink   = "AppleWebKit/537.36 (KHTML, like Gecko) "
		webkit  = "AppleWebKit/605.1.15 (KHTML, like Gecko) "
	)

	for userAgent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox, Linux",
		windows + blink + "Chrome/140.0.0.0 Safari/537.36":                       "Chrome, Windows",
		windows + blink + "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":         "Edge, Windows",
		mac + webkit + "Version/18.0 Safari/605.1.15":                            "Safari, macOS",
		iPhone + webkit + "Version/18.0 Mobile/15E1 Safari/604.1":                "Safari, iOS",
		android + blink + "Chrome/140.0.0.0 Mobile Safari/537.36":                "Chrome, Android",
		"Go-http-client/1.1": "", "curl/8.0": "", "": "", "<script>": "",
		strings.Repeat("x", maxUserAgent) + "Firefox/1": "",
	} {
		if got := deviceOf(userAgent); got != want {
			t.Errorf("%s: %q, want %q", userAgent, got, want)
		}
	}
}
