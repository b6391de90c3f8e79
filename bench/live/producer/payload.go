package producer

import (
	"encoding/json"
	"time"
)

// answer is what Ensemble answers to crowd.Query for one event, field by field in its order; the table's column of
// bytes shows whether it still does.
type answer struct {
	Data struct {
		Event struct {
			Typename string `json:"__typename"`
			Cursor   string `json:"cursor"`
			Comment  struct {
				ID        string    `json:"id"`
				Body      string    `json:"body"`
				CreatedAt time.Time `json:"createdAt"`
				Author    struct {
					Name string `json:"name"`
				} `json:"author"`
			} `json:"comment"`
		} `json:"commitmentEvents"`
	} `json:"data"`
	Extensions struct {
		Cursor string `json:"cursor"`
	} `json:"extensions"`
}

// payload returns the answer for one event, for servers that do not make it themselves.
func (p *Producer) payload(one posted) json.RawMessage {
	var a answer
	e := &a.Data.Event
	e.Typename, e.Cursor = string(one.event.Type), one.event.Cursor().String()
	a.Extensions.Cursor = e.Cursor
	e.Comment.ID, e.Comment.Body, e.Comment.CreatedAt = one.comment.ID, one.comment.Body, one.comment.CreatedAt.UTC()
	e.Comment.Author.Name = p.world.AuthorName
	raw, err := json.Marshal(a)
	if err != nil {
		panic("producer: an answer that is no JSON: " + err.Error())
	}
	return raw
}
