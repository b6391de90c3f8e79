package demo

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/event"
	"ensemble/ent/phase"
	"ensemble/ent/version"
	"ensemble/internal/testenv"
	"ensemble/live"
)

// everything has all rows of a database that the tests of its consistency look at.
type everything struct {
	process     *ent.Process
	phases      []*ent.Phase
	commitments []*ent.Commitment
	versions    []*ent.Version
	amendments  []*ent.Amendment
	comments    []*ent.Comment
	votes       []*ent.CommentVote
	supports    []*ent.Support
	events      []*ent.Event
	topics      []*ent.Topic
}

// readEverything reads the rows of a database.
func readEverything(t *testing.T, s *consultation.Service) everything {
	t.Helper()
	ctx, c := t.Context(), s.Read

	return everything{
		one[*ent.Process](t)(c.Process.Query().Only(ctx)),
		one[[]*ent.Phase](t)(c.Phase.Query().All(ctx)),
		one[[]*ent.Commitment](t)(c.Commitment.Query().Order(commitment.ByNumber()).All(ctx)),
		one[[]*ent.Version](t)(c.Version.Query().Order(version.ByNumber()).All(ctx)),
		one[[]*ent.Amendment](t)(c.Amendment.Query().WithBase().All(ctx)),
		one[[]*ent.Comment](t)(c.Comment.Query().Order(comment.ByID()).All(ctx)),
		one[[]*ent.CommentVote](t)(c.CommentVote.Query().All(ctx)),
		one[[]*ent.Support](t)(c.Support.Query().All(ctx)),
		one[[]*ent.Event](t)(c.Event.Query().Order(event.ByID()).All(ctx)),
		one[[]*ent.Topic](t)(c.Topic.Query().All(ctx)),
	}
}

// A database of three times the sample is consistent, in each dialect.
func TestConsistency(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		all := readEverything(t, filled(t, url, 3))
		t.Run("counters", func(t *testing.T) { all.stored().compare(t, all.counted()) })
		t.Run("derived columns", all.derivedColumns)
		t.Run("threads", all.threads)
		t.Run("ids tell times", all.idsTellTimes)
		t.Run("the log is a chain", all.logIsAChain)
		t.Run("the log ends with the counters", all.logEndsWithTheCounters)
		t.Run("crowd", all.crowd)
	})
}

// derivedColumns checks the columns that follow from other columns.
func (all everything) derivedColumns(t *testing.T) {
	versions := map[string]*ent.Version{}
	for _, v := range all.versions {
		versions[v.ID] = v
	}

	active := all.lastChanges()
	for i, c := range all.commitments {
		current := versions[c.VersionID]
		same(t, c.ID+" number", c.Number, i+1)
		same(t, c.ID+" version", current.Number, c.VersionNumber)
		same(t, c.ID+" reference", c.Reference, roadmap.Reference(all.process.ReferencePrefix, c.CreatedAt, c.Number))
		same(t, c.ID+" search text", c.SearchText, roadmap.SearchText(c.Reference, current.Title, current.Body))
		same(t, c.ID+" active at", c.ActiveAt, latest(c.CreatedAt, active[c.ID]))
	}

	for _, a := range all.amendments {
		all.checkMergeState(t, a, versions)
	}

	for _, s := range all.supports {
		same(t, s.ID+" version", versions[s.VersionID].Number, s.VersionNumber)
		same(t, s.ID+" commitment", versions[s.VersionID].CommitmentID, s.CommitmentID)
	}

	for _, f := range all.phases {
		want := phase.AnnouncedNOTHING
		if processes.IsOpen(f, now) {
			want = phase.AnnouncedOPENED
		} else if f.OpensAt.Before(now) {
			want = phase.AnnouncedCLOSED
		}
		same(t, f.ID+" announced", f.Announced, want)
	}
}

// same fails the test when got is not want.
func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lastChanges returns, by topic, when something happened last that makes a commitment active.
func (all everything) lastChanges() map[string]time.Time {
	last := map[string]time.Time{}
	for _, e := range all.events {
		switch live.Type(e.Type) {
		case live.VoteChanged, live.CommentEdited, live.AmendmentMergeStateChanged:
		default:
			last[e.Topic] = e.At
		}
	}
	return last
}

// checkMergeState compares an amendment under evaluation with the newest text.
func (all everything) checkMergeState(t *testing.T, a *ent.Amendment, versions map[string]*ent.Version) {
	i := slices.IndexFunc(all.commitments, func(c *ent.Commitment) bool { return c.ID == a.CommitmentID })
	c := all.commitments[i]
	if a.State != amendment.StateEVALUATING {
		return
	}
	want := amendment.MergeStateMERGEABLE
	if len(roadmap.NewMerge(a, a.Edges.Base, versions[c.VersionID]).Conflicts) > 0 {
		want = amendment.MergeStateCONFLICTING
	} else if a.BaseID == c.VersionID {
		want = amendment.MergeStateCLEAN
	}

	same(t, a.ID+" merge state", a.MergeState, want)
	same(t, a.ID+" merge checked", a.MergeChecked, c.VersionNumber)
}

// threads checks that the path of each comment leads from the root of its thread to the comment itself.
func (all everything) threads(t *testing.T) {
	paths := map[string]string{}
	for _, m := range all.comments { // in the order of ids: a comment comes before its answers
		parent := ""
		if m.ParentID != nil {
			parent = paths[*m.ParentID]
		}
		paths[m.ID] = parent + m.ID + "/"
		same(t, m.ID+" path", m.Path, paths[m.ID])
		same(t, m.ID+" depth", m.Depth, strings.Count(parent, "/"))
	}
}

// crowd checks that each commitment of the crowd is open, with as many comments and supports as load tests expect.
func (all everything) crowd(t *testing.T) {
	same(t, "commitments", len(all.commitments), 3*19)
	for _, c := range all.commitments[19:] {
		got := fmt.Sprint(c.Status, c.CommentCount, c.SupportCount+c.EarlierSupportCount)
		same(t, c.Reference, got, fmt.Sprint(commitment.StatusOPEN, crowdComments, crowdSupports))
	}

	revised := func(c *ent.Commitment) bool { return c.VersionNumber == 2 }
	if !slices.ContainsFunc(all.commitments[19:], revised) {
		t.Error("no text of the crowd was revised")
	}
}

// A story that is told twice at the same time is the same, except for the nonces, which distinguish two histories.
func TestTheStoryIsTheSame(t *testing.T) {
	tell := func() []*ent.Comment {
		comments := filled(t, testenv.SQLite(t), 2).Read.Comment.Query().Order(comment.ByID())
		return one[[]*ent.Comment](t)(comments.All(t.Context()))
	}
	same(t, "comments", fmt.Sprint(tell()), fmt.Sprint(tell()))
}
