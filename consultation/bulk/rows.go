package bulk

import (
	"context"
	"fmt"
	"slices"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/live"
)

// Rows are what a consultation consists of. Each row has its id; what it points to is among the rows, or in the
// database.
type Rows struct {
	Users         []*ent.User
	Organizations []*ent.Organization
	Memberships   []*ent.Membership
	Processes     []*ent.Process
	Roles         []*ent.Role
	Phases        []*ent.Phase
	Axes          []*ent.Axis
	Commitments   []*ent.Commitment // their territories are in Edges
	Versions      []*ent.Version
	Amendments    []*ent.Amendment
	Comments      []*ent.Comment // what is answered comes before its answers
	Mentions      []*ent.CommentMention
	Edits         []*ent.CommentEdit
	Votes         []*ent.CommentVote
	Supports      []*ent.Support
	Cases         []*ent.ModerationCase
	Reports       []*ent.Report
	Moderations   []*ent.Moderation
	Audit         []*ent.AuditEntry

	// Events are those of all topics, with ids and times, those of one topic in their order. They get their numbers
	// when they are stored.
	Events []live.Event
}

// batch is how many rows one statement inserts. A row has 25 columns at most, and SQLite takes 32,766 arguments.
const batch = 1000

// Progress is called with how many rows of a stage are stored: first with done 0, then after each batch, up to total.
type Progress func(stage string, done, total int)

// stage is what is stored under one name of Progress.
type stage struct {
	name    string
	inserts []insert
}

// insert stores the rows of one table.
type insert struct {
	rows int
	run  func(ctx context.Context, stored func(rows int)) error
}

// store inserts the rows, those before that others point to.
func (r *Rows) store(ctx context.Context, tx *change.Tx, progress Progress) error {
	for _, s := range r.stages(tx) {
		if err := s.store(ctx, progress); err != nil {
			return fmt.Errorf("insert %s: %w", s.name, err)
		}
	}
	return nil
}

// stages returns the inserts of all rows in the order in which they have to be done.
func (r *Rows) stages(tx *change.Tx) []stage {
	written, taken := r.versionsBySource()

	return []stage{
		{"people", []insert{
			// First: the unique addresses stop another process that does the same at the same time.
			of(r.Users, tx.User.MapCreateBulk, setUser),
			of(r.Organizations, tx.Organization.MapCreateBulk, setOrganization),
			of(r.Memberships, tx.Membership.MapCreateBulk, setMembership),
		}},
		{"commitments", []insert{
			of(r.Processes, tx.Process.MapCreateBulk, setProcess),
			of(r.Roles, tx.Role.MapCreateBulk, setRole),
			of(r.Phases, tx.Phase.MapCreateBulk, setPhase),
			of(r.Axes, tx.Axis.MapCreateBulk, setAxis),
			of(r.Commitments, tx.Commitment.MapCreateBulk, setCommitment),
			of(written, tx.Version.MapCreateBulk, setVersion),
			of(r.Amendments, tx.Amendment.MapCreateBulk, setAmendment),
			of(taken, tx.Version.MapCreateBulk, setVersion),
		}},

		{"comments", []insert{
			of(r.Comments, tx.Comment.MapCreateBulk, setComment),
			of(r.Mentions, tx.CommentMention.MapCreateBulk, setMention),
			of(r.Edits, tx.CommentEdit.MapCreateBulk, setEdit),
			of(r.Votes, tx.CommentVote.MapCreateBulk, setVote),
		}},
		{"supports", []insert{of(r.Supports, tx.Support.MapCreateBulk, setSupport)}},

		{"moderation", []insert{
			of(r.Cases, tx.ModerationCase.MapCreateBulk, setCase),
			of(r.Reports, tx.Report.MapCreateBulk, setReport),
			of(r.Moderations, tx.Moderation.MapCreateBulk, setModeration),
		}},
		{"events", []insert{
			{len(r.Events), func(ctx context.Context, stored func(int)) error {
				err := tx.LogPast(ctx, r.Events) // all at once: it locks topics in their order
				stored(len(r.Events))
				return err
			}},
			of(r.Audit, tx.AuditEntry.MapCreateBulk, setAudit),
		}},
	}
}

// versionsBySource returns the versions that people wrote, which amendments start from, and those taken from
// amendments.
func (r *Rows) versionsBySource() (written, taken []*ent.Version) {
	for _, v := range r.Versions {
		if v.AmendmentID == nil {
			written = append(written, v)
		} else {
			taken = append(taken, v)
		}
	}
	return written, taken
}

// of makes the inserts of rows: bulk is the table's MapCreateBulk, and set fills in one row.
func of[Row, Create any, Bulk interface{ Exec(context.Context) error }](
	rows []Row, bulk func(any, func(Create, int)) Bulk, set func(Create, Row),
) insert {
	return insert{len(rows), func(ctx context.Context, stored func(int)) error {
		for some := range slices.Chunk(rows, batch) {
			if err := bulk(some, func(c Create, i int) { set(c, some[i]) }).Exec(ctx); err != nil {
				return err
			}
			stored(len(some))
		}
		return nil
	}}
}

// store runs the inserts of one stage, and reports its progress.
func (s stage) store(ctx context.Context, progress Progress) error {
	total, done := 0, 0
	for _, i := range s.inserts {
		total += i.rows
	}

	progress(s.name, 0, total)
	for _, i := range s.inserts {
		if i.rows == 0 {
			continue
		}
		err := i.run(ctx, func(rows int) {
			done += rows
			progress(s.name, done, total)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
