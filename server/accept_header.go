package server

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// acceptedOf returns the media type that a request would like best of those on offer: by its quality, then by its place
// in the Accept header, then in the offer. It is the first on offer when the header is absent or says nothing that can
// be read, and empty when none will do. Source: RFC 9110 §12.5.1.
func acceptedOf(r *http.Request, offer ...string) string {
	ranges := readAccept(r.Header.Values("Accept"))
	if len(ranges) == 0 {
		return offer[0]
	}

	best, quality, place := "", 0.0, 0
	for _, media := range offer {
		if q, at := qualityOf(media, ranges); q > quality || q == quality && q > 0 && at < place {
			best, quality, place = media, q, at
		}
	}
	return best
}

// mediaRange is one entry of an Accept header.
type mediaRange struct {
	media   string // type/subtype, type/* or */*
	quality float64
}

// maxAccept is how many bytes an Accept header may have that is looked at: browsers send about 150.
const maxAccept = 1 << 10

// readAccept leaves out what it cannot read, and reads nothing of what is too long.
func readAccept(headers []string) (ranges []mediaRange) {
	header := strings.Join(headers, ",")
	if len(header) > maxAccept {
		return nil
	}

	for part := range strings.SplitSeq(header, ",") {
		media, parameters, err := mime.ParseMediaType(part)
		if err != nil || !strings.Contains(media, "/") {
			continue
		}

		quality := 1.0
		if q, ok := parameters["q"]; ok {
			quality, err = strconv.ParseFloat(q, 64)
		}

		if err == nil && quality >= 0 && quality <= 1 {
			ranges = append(ranges, mediaRange{media, quality})
		}
	}

	return ranges
}

// qualityOf returns the quality of the entry that names a media type most closely, and the place of that entry.
func qualityOf(media string, ranges []mediaRange) (quality float64, at int) {
	kind, _, _ := strings.Cut(media, "/")
	for _, like := range []string{media, kind + "/*", "*/*"} {
		for i, r := range ranges {
			if r.media == like {
				return r.quality, i
			}
		}
	}
	return 0, 0
}

// languagesOf returns the languages of a request: of the parameter language of its address, which is there for
// EventSource and others who cannot set headers, else of Accept-Language.
func languagesOf(r *http.Request) []language.Tag {
	if reads := preferred(languageParameter(r)); len(reads) > 0 {
		return reads
	}
	return preferred(r.Header.Get("Accept-Language"))
}

// languageParameter returns what the address of a request says of languages, in the form of Accept-Language.
func languageParameter(r *http.Request) string {
	if !strings.Contains(r.URL.RawQuery, "language=") {
		return ""
	}
	return r.URL.Query().Get("language")
}

// maxLanguages bounds how many entries of an Accept-Language header are looked at.
const maxLanguages = 10

// preferred returns the languages of an Accept-Language header, the preferred one first, at most maxLanguages. It
// returns none for a header that is too long or cannot be read.
func preferred(header string) []language.Tag {
	if len(header) > 500 {
		return nil
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return nil
	}
	return tags[:min(len(tags), maxLanguages)]
}
