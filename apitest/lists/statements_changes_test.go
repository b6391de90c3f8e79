package lists_test

import (
	"strings"
	"testing"

	"ensemble/internal/testsite"
)

// A change that announces something on the commitment's topic reads outside of its transaction who asks, but not the
// commitment, although the answer has the position of the commitment's stream.
func TestChangedRowsAreNotReadAgain(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := newLists(t, s)
		c := w.Commitment(t, "Un", testsite.Secret)
		of := map[string]any{"in": map[string]any{"commitment": c.ID}}
		moved := map[string]any{"in": map[string]any{"commitment": c.ID, "status": "UNDER_REVIEW"}}
		reads := testsite.CountStatements(s)

		for _, change := range []struct {
			token, mutation string
			variables       map[string]any
		}{
			{w.Alice.Token, `mutation($in: AddSupportInput!) {
				addSupport(input: $in) { commitment { streamCursor supportCount } }
			}`, of},
			{w.Alice.Token, `mutation($in: RemoveSupportInput!) {
				removeSupport(input: $in) { commitment { streamCursor supportCount } }
			}`, of},
			{w.Steering.Token, `mutation($in: ChangeCommitmentStatusInput!) {
				changeCommitmentStatus(input: $in) { commitment { streamCursor status } }
			}`, moved},
		} {
			reads.Take()
			var answer map[string]struct {
				Commitment struct{ StreamCursor string }
			}
			s.Must(t, change.token, change.mutation, change.variables, &answer)

			for _, statement := range reads.Take() {
				if strings.Contains(statement, `FROM "commitments"`) ||
					strings.Contains(statement, "FROM `commitments`") {
					t.Errorf("%s reads %s", change.mutation, statement)
				}
			}

			for name, payload := range answer {
				var now struct{ Commitment struct{ StreamCursor string } }
				s.Must(t, "", `query($id: ID!) { commitment(id: $id) { streamCursor } }`,
					map[string]any{"id": c.ID}, &now)
				if payload.Commitment.StreamCursor != now.Commitment.StreamCursor {
					t.Errorf("%s says that the stream stands at %q, it stands at %q",
						name, payload.Commitment.StreamCursor, now.Commitment.StreamCursor)
				}
			}
		}
	})
}
