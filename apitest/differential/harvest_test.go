package differential_test

import (
	"fmt"
	"slices"
	"strings"

	"ensemble/internal/testsite"
)

// harvest asks for the beginning and the end of every list in every order, so that operations have places to go on
// from.
func (x *examination) harvest() {
	x.harvestNodes()
	x.harvestRoots()
	x.harvestModeration()
	for _, field := range []string{"comments", "amendments", "supports"} {
		x.ask("harvest signed lists", inquiry{query: "{ organizations { nodes {" + bothEnds(field, "") + "} } }"})
	}
	for _, reader := range x.readers {
		x.harvestViewer(reader)
	}
	for _, topic := range x.author.stock.topics {
		x.harvestEvents(topic)
	}
}

// bothEnds asks for the beginning and the end of a list, with each of the arguments.
func bothEnds(field string, arguments ...string) string {
	var b strings.Builder
	for i, a := range arguments {
		for _, size := range []string{"first", "last"} {
			fmt.Fprintf(&b, " %s%d: %s(%s: 50 %s) { edges { cursor node { id } } }", size, i, field, size, a)
		}
	}
	return b.String()
}

// bothWays are the arguments that sort by each of the fields, up and down.
func bothWays(fields ...string) []string {
	var all []string
	for _, f := range fields {
		all = append(all, "orderBy: {field: "+f+", direction: ASC}", "orderBy: {field: "+f+", direction: DESC}")
	}
	return all
}

// harvestNodes asks for the lists of commitments, amendments and comments.
func (x *examination) harvestNodes() {
	ask := func(name, typ, inside string, ids []string) {
		x.ask(name, inquiry{
			query:     "query($ids: [ID!]!) { nodes(ids: $ids) { ... on " + typ + " {" + inside + "} } }",
			variables: map[string]any{"ids": ids},
		})
	}
	ids := x.author.stock.ids

	threads := bothEnds("comments",
		"orderBy: OLDEST", "orderBy: NEWEST", "orderBy: THREAD", "orderBy: TOP", "orderBy: MOST_DISCUSSED")
	for _, kind := range []string{"commitment", "amendment"} {
		for some := range slices.Chunk(ids[kind], 10) {
			ask("harvest threads", "CommentSubject", threads, some)
		}
	}

	for some := range slices.Chunk(ids["commitment"], 20) {
		ask("harvest commitments", "Commitment", bothEnds("versions", bothWays("NUMBER")...), some)
		ask("harvest commitments", "Commitment", bothEnds("supports", ""), some)
		ask("harvest commitments", "Commitment", bothEnds("amendments", bothWays("SUBMITTED_AT", "COMMENTS")...), some)
	}
	for some := range slices.Chunk(ids["comment"], 50) {
		ask("harvest edits", "Comment", " edits { edges { cursor node { replacedAt } } } ", some)
	}
}

// harvestRoots asks for the lists of the site.
func (x *examination) harvestRoots() {
	commitments := bothEnds("commitments", bothWays("NUMBER", "ACTIVITY", "SUPPORTS", "COMMENTS")...)
	for _, fields := range []string{
		bothEnds("processes", ""),
		bothEnds("territories", ""),
		bothEnds("organizations", bothWays("NAME", "CREATED_AT")...),
		" processes { nodes {" + commitments + "} } ",
	} {
		x.ask("harvest lists", inquiry{query: "{" + fields + "}"})
	}
}

// harvestModeration asks for the lists of a process's moderation, as who moderates and as who does not.
func (x *examination) harvestModeration() {
	queue := bothEnds("viewerModerationQueue", bothWays("OPENED_AT", "REPORTS")...)
	log := "query($id: ID!) { moderationLog(process: $id) { " + bothEnds("entries", "") + " }" +
		" process: node(id: $id) { ... on Process { " + queue + " } }" +
		" viewer { " + bothEnds("reports", "") + " } hidden: viewer { " + bothEnds("hiddenItems", "") + " } }"
	for _, reader := range []*testsite.Person{x.crowd.Moderator, x.crowd.Alice} {
		x.ask("harvest moderation", inquiry{
			reader: reader, query: log, variables: map[string]any{"id": x.crowd.Process.ID},
		})
	}
}

// harvestViewer asks for the lists that reader alone may read, or nobody.
func (x *examination) harvestViewer(reader *testsite.Person) {
	for _, field := range []string{"viewerMembers", "viewerInvitations"} {
		x.ask("harvest members' lists", inquiry{
			reader: reader, query: "{ organizations { nodes {" + bothEnds(field, "") + "} } }",
		})
	}
	for _, field := range []string{
		"amendmentDrafts", "sessions", "accessTokens", "invitations", "auditEntries",
		"following", "notifications", "reports", "hiddenItems",
	} {
		x.ask("harvest a viewer's lists", inquiry{reader: reader, query: "{ viewer {" + bothEnds(field, "") + "} }"})
	}
}

// harvestEvents polls a topic from its beginning to its end.
func (x *examination) harvestEvents(topic string) {
	q := inquiry{query: `query($topic: ID!, $after: EventCursor) {
		events(topic: $topic, after: $after, first: 50) { endCursor hasNextPage nodes { cursor } }
	}`}
	for after := (any)(nil); ; {
		q.variables = map[string]any{"topic": topic, "after": after}
		x.ask("harvest events", q)

		data, errors, _ := x.server(q)
		if len(errors) > 0 {
			return // not public
		}

		page := data.(object)[0].value.(object)
		if page[1].value != true {
			return
		}
		after = page[0].value
		q.cursors = []string{after.(string)}
	}
}
