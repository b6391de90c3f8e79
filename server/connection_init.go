package server

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/refusal"
)

// init reads connection_init, {"authorization": "Bearer …", "language": "fr"}: who speaks, and what they read. Browsers
// let no page set the headers of a handshake. Without authorization the cookie of the handshake counts; without
// language, that of the account counts before the header Accept-Language.
func (c *webSocket) init(m clientMessage) {
	if !c.step(opened, begun) {
		c.close(closeTooManyInits, "Too many initialisation requests")
		return
	}

	details, ok := c.details(m)
	if !ok {
		return
	}
	var said map[string]any
	decode(details, &said) // an object or nothing

	reads, ok := c.languagesSaid(said)
	if !ok {
		c.close(closeBadRequest, "language: not a language, such as fr or fr-CA")
		return
	}

	if len(reads) > 0 {
		c.languages = reads
	}

	header, given := authorization(said)
	if !given {
		c.acknowledge()
		return
	}

	start := time.Now()
	c.askInTurn(func(func()) { c.signIn(header, len(reads) == 0, start) })
}

// languagesSaid returns the languages that connection_init names, as Accept-Language would, none when it names none;
// false when they cannot be read.
func (c *webSocket) languagesSaid(said map[string]any) (reads []language.Tag, ok bool) {
	named, given := said["language"]
	if !given || named == nil {
		return nil, true
	}
	header, _ := named.(string)
	reads = preferred(header)
	return reads, len(reads) > 0
}

// signIn looks up, in its turn, whose token is in a header, and which language is theirs where the client does not say.
func (c *webSocket) signIn(header string, inTheirs bool, start time.Time) {
	defer c.recovered()
	switch {
	case c.isClosing():
		return
	case time.Since(start) > operationTime:
		c.tryLater()
		return
	}

	ctx, cancel := context.WithTimeout(c.context(), operationTime)
	defer cancel()

	viewer, unused, err := c.server.bearer(ctx, header)
	if err != nil {
		c.server.errors().Present(ctx, err)
		if refusal.CodeOf(err) != refusal.Unauthenticated {
			c.tryLater()
			return
		}
		c.close(closeForbidden, "Forbidden")
		return
	}

	c.signedIn(nil)
	if viewer.SignedIn() {
		token, _ := auth.BearerToken(header)
		c.signedIn(&person{token: token, id: viewer.UserID, until: viewer.ExpiresAt})
	}

	c.unused = unused
	if inTheirs {
		c.reads(viewer)
	}
	c.acknowledge()
}

// reads puts the language of whoever is signed in before those of the handshake.
func (c *webSocket) reads(viewer auth.Viewer) {
	if own, err := language.Parse(viewer.Language); err == nil {
		c.languages = append([]language.Tag{own}, c.languages...)
	}
}

// acknowledge lets operations begin. The socket knows when the session of the person who is signed in ends; the client
// is told when its credentials do not count.
func (c *webSocket) acknowledge() {
	c.attend()
	if !c.step(begun, ready) {
		return
	}
	if why := c.unused.explained(c.languages); why != nil {
		c.say(`{"type":"connection_ack","payload":` + string(toJSON(why)) + `}`)
		return
	}
	c.say(`{"type":"connection_ack"}`)
}

// authorization returns the credentials in the payload of connection_init, under any of the names that clients use for
// them, also among headers. Whatever is given there counts, and not the cookie, even if it is no token.
func authorization(said map[string]any) (header string, given bool) {
	headers, _ := said["headers"].(map[string]any)

	for _, in := range []map[string]any{said, headers} {
		for _, name := range slices.Sorted(maps.Keys(in)) {
			if strings.EqualFold(name, "authorization") && in[name] != nil {
				header, _ = in[name].(string)
				return header, true
			}
		}
	}
	return "", false
}

// initTimedOut closes a socket that has not begun in time.
func (c *webSocket) initTimedOut() {
	if c.step(opened, begun) { // connection_init comes too late from now on
		c.close(closeInitTimeout, "Connection initialisation timeout")
	}
}
