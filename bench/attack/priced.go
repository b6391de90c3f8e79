package main

import (
	"fmt"
	"strings"
)

// prices returns what to ask for each field, for each kind of text where it has one. Reading comes before writing,
// which changes texts.
func (w *world) prices() (all []price) {
	for _, p := range w.places {
		all = append(all, p.texts()...)
	}
	all = append(all, w.lists()...)
	all = append(all, w.conditions()...)
	all = append(all, w.choices()...)
	all = append(all, w.searches()...)
	return append(all, w.writing()...)
}

// texts asks for all that is made of the texts of a place.
func (p place) texts() []price {
	of := func(field, on string, ids []string, selection string) price {
		return price{field: field, what: p.kind, asks: []question{{
			Query:     fmt.Sprintf("query($ids: [ID!]!) { nodes(ids: $ids) { ... on %s { %s } } }", on, selection),
			Variables: map[string]any{"ids": ids},
		}}}
	}
	earlier := p.versions[:versions-1] // the last one is the text of the commitment

	return []price{ // five differences: an answer cannot hold the parts of more
		of("Amendment.body", "Amendment", some(p.amendments, 0, 40), aliases(5, "body")),
		of("Amendment.bodyHtml", "Amendment", p.amendments, "bodyHtml"),
		of("Amendment.rationaleHtml", "Amendment", p.amendments, "rationaleHtml"),
		of("Amendment.merge", "Amendment", p.amendments[1:], "merge { title }"),                        // the first is left for who accepts it
		of("AmendmentMerge.body", "Amendment", p.amendments[1:4], "merge { "+aliases(60, "body")+" }"), // merged before
		of("TextDiff.body", "Amendment", p.amendments[:5], "diff { body { spans { text } } }"),
		of("Version.body", "Version", some(p.versions, 0, 40), aliases(5, "body")),
		of("Version.bodyHtml", "Version", earlier, "bodyHtml"),
		of("Commitment.body", "Commitment", some([]string{p.commitment}, 0, 40), aliases(5, "body")),
		of("Commitment.bodyHtml", "Commitment", []string{p.commitment}, "bodyHtml"),
		of("Comment.bodyHtml", "Comment", p.comments, "bodyHtml"),
	}
}

// repeats is how often a page is asked for: the database remembers it, we do not.
const repeats = 20

// again asks the same so many times, under another name each time.
func again(field, what, token, selection string) price {
	p := price{field: field, what: what, token: token}
	for i := range repeats {
		p.asks = append(p.asks, question{Query: fmt.Sprintf("{ q%d: %s }", i, selection)})
	}
	return p
}

// with returns the price with a variable in its questions.
func (p price) with(name, kind string, value any) price {
	for i, q := range p.asks {
		p.asks[i] = question{Query: fmt.Sprintf("query($%s: %s) %s", name, kind, q.Query), Variables: map[string]any{name: value}}
	}
	return p
}

// lists asks for pages, as long as they may be, and for their counts.
func (w *world) lists() (all []price) {
	thread := fmt.Sprintf("node(id: %q) { ... on Commitment ", w.busy())
	place := fmt.Sprintf("node(id: %q) { ... on Commitment ", w.places[0].commitment)
	sample := "processes(last: 1) { nodes "

	page := func(field, before, list, items string) {
		end := strings.Repeat(" }", strings.Count(before, "{"))
		all = append(all,
			again(field, "50 items", "", fmt.Sprintf("%s { %s(first: 50) { nodes { %s } } }%s", before, list, items, end)),
			again(connectionOf(list)+".totalCount", field, "",
				fmt.Sprintf("%s { %s }%s", before, aliases(50, list+"(first: 1) { totalCount }"), end)))
	}
	page("Commitment.comments", thread, "comments", "id author { name }")
	page("Commitment.versions", place, "versions", "id author { name }")
	page("Commitment.amendments", place, "amendments", "id author { name } mergeState")
	page("Commitment.supports", sample+"{ commitments(first: 1) { nodes ", "supports", "id supporter { name }")
	page("Process.commitments", sample, "commitments", "id title axis { title }")
	page("Amendment.comments", fmt.Sprintf("node(id: %q) { ... on Amendment ", w.places[0].amendments[0]), "comments", "id")
	page("Comment.replies", thread+"{ comments(first: 5) { nodes ", "replies", "id")
	page("Comment.edits", thread+"{ comments(first: 5) { nodes ", "edits", "replacedAt")
	page("Organization.comments", "organizations(first: 5) { nodes ", "comments", "id")
	page("Organization.amendments", "organizations(first: 5) { nodes ", "amendments", "id")
	page("Organization.supports", "organizations(first: 5) { nodes ", "supports", "id")
	page("Territory.children", "territories(first: 5) { nodes ", "children", "id name")

	for list, items := range map[string]string{"processes": "id", "organizations": "id name", "territories": "id name"} {
		all = append(all, again("Query."+list, "50 items", "", list+"(first: 50) { nodes { "+items+" } }"),
			again(connectionOf(list)+".totalCount", "Query."+list, "",
				"processes(first: 1) { nodes { id } } "+aliases(50, list+"(first: 1) { totalCount }")))
	}

	counts := func(field, before, selection string) {
		all = append(all, counted(field, "", before+" { %s }"+strings.Repeat(" }", strings.Count(before, "{")), selection))
	}
	for _, facet := range []string{"byAxis", "byTerritory", "byStatus"} {
		counts("CommitmentCounts."+facet, sample, "commitments(first: 1) { counts { "+facet+" { count } } }")
	}
	for _, facet := range []string{"byState", "byReason", "byKind"} {
		queue := counted("ModerationCounts."+facet, "", fmt.Sprintf("node(id: %q) { ... on Process { %%s } }", w.process),
			"viewerModerationQueue(first: 1) { counts { "+facet+" { count } } }")
		queue.token = w.Token
		all = append(all, queue)
	}
	counts("AmendmentConnection.counts", place, "amendments(first: 1) { counts { count } }")
	counts("SupportConnection.counts", sample+"{ commitments(first: 1) { nodes ", "supports(first: 1) { counts { people } }")
	return append(all, price{field: "Process.descriptionHtml", what: w.places[0].kind, asks: []question{{
		Query: fmt.Sprintf("{ node(id: %q) { ... on Process { descriptionHtml } } }", w.process),
	}}})
}

// conditions asks for lists under the conditions of filters that look at each row, with all that the lists count.
func (w *world) conditions() []price {
	thread := fmt.Sprintf("node(id: %q) { ... on Commitment { %%s } }", w.busy())
	under := func(condition, around, list string) price {
		return again(condition, "", "", fmt.Sprintf(around, list))
	}
	return []price{
		under("CommitmentFilter.text", "processes(last: 1) { nodes { %s } }",
			`commitments(first: 1, filter: { text: "zzq0 qqz0" }) { totalCount counts { byStatus { count } } nodes { id } }`),
		under("CommentFilter.below", thread,
			fmt.Sprintf("comments(first: 1, filter: { below: %q }) { totalCount nodes { id } }", w.places[0].comments[0])),
		under("CommentFilter.by", thread, `comments(first: 1, filter: { by: ORGANIZATION }) { totalCount nodes { id } }`),
		under("OrganizationFilter.text", "%s", `organizations(first: 1, filter: { text: "zzq0" }) { totalCount nodes { id } }`),
		under("TerritoryFilter.text", "%s", `territories(first: 1, filter: { text: "zzq0" }) { totalCount nodes { id } }`),
	}
}

// connectionOf returns the type of the pages of a list.
func connectionOf(list string) string {
	switch list {
	case "replies":
		return "CommentConnection"
	case "edits":
		return "CommentEditConnection"
	case "processes":
		return "ProcessConnection"
	case "territories", "children":
		return "TerritoryConnection"
	}
	return strings.ToUpper(list[:1]) + strings.TrimSuffix(list[1:], "s") + "Connection"
}

// searches looks for words that many texts have.
func (w *world) searches() (all []price) {
	for _, s := range []struct{ field, selection string }{
		{"Query.search", "nodes { itemId }"},
		{"SearchResult.excerpt", "nodes { excerpt { text } }"},
		{"SearchResultConnection.counts", "counts { count }"},
		{"SearchResultConnection.totalCount", "totalCount"},
	} {
		p := price{field: s.field, what: "frequent words"}
		for i, word := range searched {
			p.asks = append(p.asks, question{Query: fmt.Sprintf("{ search(query: %q, first: 50) { %s } }",
				word+" "+pick(searched, i+1), s.selection)})
			p.asks = append(p.asks, question{Query: fmt.Sprintf("{ search(query: %q, first: 50) { %s } }", word, s.selection)})
		}
		all = append(all, p)
	}

	// Texts of two letters that repeat: excerpts look for places that match in 20,000 signs.
	long := price{field: "SearchResult.excerpt", what: "long texts"}
	for _, words := range []string{"aa", "ab ba", "a", "b a", "aab", "bba aab"} {
		long.asks = append(long.asks, question{Query: fmt.Sprintf(
			"{ search(query: %q, first: 50) { nodes { title { text } excerpt { text } } } }", words)})
	}
	return append(all, long)
}

// writing asks for what changes something, with the longest texts: by the author of the places, who administers their
// process, and by somebody else.
func (w *world) writing() []price {
	input := func(mutation, selection string, inputs ...map[string]any) (asks []question) {
		name := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
		for _, in := range inputs {
			asks = append(asks, question{Query: fmt.Sprintf("mutation($input: %s!) { %s(input: $input) { %s } }",
				name, mutation, selection), Variables: map[string]any{"input": in}})
		}
		return asks
	}

	var accept, revise, create, draft, edit, submit, signIn, signUp []map[string]any
	for i, p := range w.places {
		text := []map[string]any{{"language": "en", "text": kinds[i].text(100)}}
		accept = append(accept, map[string]any{"amendment": p.amendments[0]})
		revise = append(revise, map[string]any{"commitment": p.commitment, "base": p.versions[versions-1], "body": text})
		create = append(create, map[string]any{"process": w.process, "axis": w.axis, "body": text,
			"title": []map[string]any{{"language": "en", "text": "Written"}}})
		draft = append(draft, map[string]any{"commitment": p.commitment, "body": kinds[i].text(101)})
		edit = append(edit, map[string]any{"amendment": p.draft, "body": kinds[i].text(102)})
		submit = append(submit, map[string]any{"amendment": p.draft})
		signIn = append(signIn, map[string]any{"email": fmt.Sprintf("nobody%d@example.org", i), "password": "a long password"})
		signUp = append(signUp, map[string]any{"email": fmt.Sprintf("new%d@example.org", i), "password": "a long password",
			"name": fmt.Sprintf("Dominique Novel %c", 'a'+i), "nickname": fmt.Sprintf("novel%d", i)})
	}

	const what = "all kinds of long texts"
	return []price{
		{"Mutation.draftAmendment", what, w.People[0], input("draftAmendment", "amendment { id }", draft...)},
		{"Mutation.editAmendmentDraft", what, w.Token, input("editAmendmentDraft", "amendment { id }", edit...)},
		{"Mutation.submitAmendment", what, w.Token, input("submitAmendment", "amendment { id }", submit...)},
		{"Mutation.acceptAmendment", what + ", in conflict", w.Token, input("acceptAmendment", "version { id }", accept...)},
		{"Mutation.reviseCommitment", what, w.Token, input("reviseCommitment", "version { id }", revise...)},
		{"Mutation.createCommitment", what, w.Token, input("createCommitment", "commitment { id }", create...)},
		{"Mutation.signIn", "nobody, so all fail", "", input("signIn", "token", signIn...)},
		{"Mutation.signUp", "", "", input("signUp", "token", signUp...)},
	}
}
