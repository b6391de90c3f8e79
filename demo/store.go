package demo

import (
	"context"
	"fmt"
	"slices"

	"ensemble/ent"
)

// chunk is how many rows one statement inserts. A row has at most 20 columns, and SQLite takes 32,766 parameters.
const chunk = 1000

// store inserts what a story left; what others point to comes first.
func (s *story) store(ctx context.Context, tx *ent.Tx, p *progress) error {
	r := s.rows
	processes := []*ent.Process{s.process}
	written, taken := r.versionsBySource()
	for _, stage := range []struct {
		name    string
		inserts []inserts
	}{
		{"people", []inserts{
			of(r.users, tx.User.MapCreateBulk, setUser), // first: the addresses keep out who fills at the same time
			of(r.organizations, tx.Organization.MapCreateBulk, setOrganization),
			of(r.memberships, tx.Membership.MapCreateBulk, setMembership),
		}},
		{"commitments", []inserts{
			of(processes, tx.Process.MapCreateBulk, setProcess),
			of(r.roles, tx.Role.MapCreateBulk, setRole),
			of(r.phases, tx.Phase.MapCreateBulk, setPhase),
			of(r.axes, tx.Axis.MapCreateBulk, setAxis),
			of(r.commitments, tx.Commitment.MapCreateBulk, setCommitment),
			of(written, tx.Version.MapCreateBulk, setVersion),
			of(r.amendments, tx.Amendment.MapCreateBulk, setAmendment),
			of(taken, tx.Version.MapCreateBulk, setVersion),
		}},
		{"comments", []inserts{
			of(r.comments, tx.Comment.MapCreateBulk, setComment),
			of(r.edits, tx.CommentEdit.MapCreateBulk, setEdit),
			of(r.votes, tx.CommentVote.MapCreateBulk, setVote),
		}},
		{"supports", []inserts{of(r.supports, tx.Support.MapCreateBulk, setSupport)}},
		{"moderation", []inserts{
			of(r.cases, tx.ModerationCase.MapCreateBulk, setCase),
			of(r.reports, tx.Report.MapCreateBulk, setReport),
			of(r.moderations, tx.Moderation.MapCreateBulk, setModeration),
		}},
		{"events", []inserts{
			of(r.topics, tx.Topic.MapCreateBulk, setTopic),
			of(r.events, tx.Event.MapCreateBulk, setEvent),
			of(r.audit, tx.AuditEntry.MapCreateBulk, setAudit),
		}},
	} {
		if err := run(ctx, stage.name, stage.inserts, p); err != nil {
			return err
		}
	}
	return nil
}

// versionsBySource are those that people wrote, which amendments start from, and those taken from amendments.
func (r *rows) versionsBySource() (written, taken []*ent.Version) {
	for _, v := range r.versions {
		if v.AmendmentID == nil {
			written = append(written, v)
		} else {
			taken = append(taken, v)
		}
	}
	return written, taken
}

// inserts are statements that store the rows of one table.
type inserts struct {
	rows int
	run  func(ctx context.Context, stored func(rows int)) error
}

// of makes the inserts of rows: bulk is the table's MapCreateBulk, and set fills in one row.
func of[Row, Create any, Bulk interface{ Exec(context.Context) error }](
	rows []Row, bulk func(any, func(Create, int)) Bulk, set func(Create, Row),
) inserts {
	return inserts{len(rows), func(ctx context.Context, stored func(int)) error {
		for some := range slices.Chunk(rows, chunk) {
			if err := bulk(some, func(c Create, i int) { set(c, some[i]) }).Exec(ctx); err != nil {
				return err
			}
			stored(len(some))
		}
		return nil
	}}
}

// run runs the inserts of one stage.
func run(ctx context.Context, stage string, all []inserts, p *progress) error {
	total := 0
	for _, i := range all {
		total += i.rows
	}
	p.begin(stage, total)
	defer p.end()
	for _, i := range all {
		if err := i.run(ctx, p.add); err != nil {
			return fmt.Errorf("insert %s: %w", stage, err)
		}
	}
	return nil
}
