package main

import "time"

// The answers of the raw server, spelled as the GraphQL schema does.

type actor struct {
	Name string `json:"name"`
}

type list[T any] struct {
	TotalCount int `json:"totalCount"`
	Nodes      []T `json:"nodes"`
}

type rawPage struct {
	ID           string             `json:"id"`
	Number       int                `json:"number"`
	Title        string             `json:"title"`
	Body         string             `json:"body,omitempty"`
	BodyHTML     string             `json:"bodyHtml,omitempty"`
	StreamCursor string             `json:"streamCursor"`
	Version      rawVersion         `json:"version"`
	Versions     rawVersions        `json:"versions"`
	Amendments   list[rawAmendment] `json:"amendments"`
	Comments     rawComments        `json:"comments"`
	Supports     list[rawSupport]   `json:"supports"`
}

type rawVersion struct {
	Number    int     `json:"number"`
	CreatedAt *moment `json:"createdAt,omitempty"`
	Author    actor   `json:"author"`
}

type rawVersions struct {
	TotalCount int          `json:"totalCount"`
	Nodes      []rawVersion `json:"nodes,omitempty"`
}

type rawAmendment struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	MergeState string `json:"mergeState"`
	Author     actor  `json:"author"`
}

type rawComments struct {
	list[rawComment]
	PageInfo struct {
		HasNextPage bool    `json:"hasNextPage"`
		EndCursor   *string `json:"endCursor"`
	} `json:"pageInfo"`
}

type rawComment struct {
	ID         string   `json:"id"`
	Body       *string  `json:"body"`
	BodyHTML   any      `json:"bodyHtml,omitempty"` // a *string on the page that shows it
	Depth      int      `json:"depth"`
	Parent     *rawNode `json:"parent"`
	ReplyCount int      `json:"replyCount"`
	Alignment  *string  `json:"alignment"`
	CreatedAt  moment   `json:"createdAt"`
	Author     *actor   `json:"author"`
}

type rawNode struct {
	ID string `json:"id"`
}

type rawSupport struct {
	Supporter actor `json:"supporter"`
}

// moment is written with six digits of a second, as the API writes moments.
type moment struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (m moment) MarshalJSON() ([]byte, error) {
	return m.AppendFormat(nil, `"2006-01-02T15:04:05.000000Z07:00"`), nil
}
