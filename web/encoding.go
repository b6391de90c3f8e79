package web

import (
	"net/http"
	"strconv"
	"strings"
)

// maxEncodings is how many bytes of Accept-Encoding are looked at: browsers send about 30.
const maxEncodings = 1 << 10

// AcceptsGzip reports whether an answer to a request with this header may be compressed with gzip: it is named, by either
// of its names, or else "*" is, with a weight that is not zero. Source: RFC 9110, sections 8.4.1.3 and 12.5.3.
func AcceptsGzip(header http.Header) bool {
	accepted := strings.Join(header.Values("Accept-Encoding"), ",")
	if len(accepted) > maxEncodings {
		return false
	}

	others := false
	for coding := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(coding, " ", "")), ";")
		switch name {
		case "gzip", "x-gzip":
			return positive(weight)
		case "*":
			others = positive(weight)
		}
	}
	return others
}

// positive reports whether a weight such as "q=0.5" allows what it is of; one that cannot be read does.
func positive(weight string) bool {
	q, err := strconv.ParseFloat(strings.TrimPrefix(weight, "q="), 64)
	return err != nil || q > 0
}
