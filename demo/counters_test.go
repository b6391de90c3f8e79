package demo

import (
	"maps"
	"slices"
	"testing"

	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
)

// counters are numbers under names. A name says what is counted, and whose.
type counters map[string]int

// compare checks that the stored counters are the counted ones, and that there are no others.
func (c counters) compare(t *testing.T, counted counters) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if c[name] != counted[name] {
			t.Errorf("%s is %d, counted %d", name, c[name], counted[name])
		}
		delete(counted, name)
	}
	if len(counted) > 0 {
		t.Errorf("counted nowhere: %v", counted)
	}
}

// stored returns the counters that are columns, without those that are 0.
func (all everything) stored() counters {
	c := counters{"process commitments": all.process.CommitmentCount, "process last": all.process.LastNumber}

	for _, m := range all.commitments {
		c[m.ID+" amendments"], c[m.ID+" versions"] = m.AmendmentCount, m.VersionNumber
		c[m.ID+" comments"] = m.CommentCount
		c[m.ID+" FOR"], c[m.ID+" AGAINST"], c[m.ID+" NEUTRAL"] = m.ForCount, m.AgainstCount, m.NeutralCount
		c[m.ID+" supports"], c[m.ID+" earlier"] = m.SupportCount, m.EarlierSupportCount
	}

	for _, a := range all.amendments {
		c[a.ID+" comments"] = a.CommentCount
		c[a.ID+" FOR"], c[a.ID+" AGAINST"], c[a.ID+" NEUTRAL"] = a.ForCount, a.AgainstCount, a.NeutralCount
	}

	for _, m := range all.comments {
		c[m.ID+" replies"], c[m.ID+" descendants"] = m.ReplyCount, m.DescendantCount
		c[m.ID+" up"], c[m.ID+" down"], c[m.ID+" score"] = m.UpCount, m.DownCount, m.Score
	}

	maps.DeleteFunc(c, func(_ string, n int) bool { return n == 0 })
	return c
}

// counted returns the same counters, counted from the rows.
func (all everything) counted() counters {
	c := counters{}
	current := map[string]string{}
	for _, m := range all.commitments {
		current[m.ID] = m.VersionID
		c["process last"]++
		if m.Status != commitment.StatusDRAFT {
			c["process commitments"]++
		}
	}

	for _, v := range all.versions {
		c[v.CommitmentID+" versions"]++
	}

	for _, a := range all.amendments {
		if a.State != amendment.StateDRAFT {
			c[a.CommitmentID+" amendments"]++
		}
	}

	for _, m := range all.comments {
		c.countComment(m)
	}

	for _, v := range all.votes {
		c[v.CommentID+map[int]string{1: " up", -1: " down"}[v.Value]]++
		c[v.CommentID+" score"] += v.Value
	}

	for _, s := range all.supports {
		if s.VersionID == current[s.CommitmentID] {
			c[s.CommitmentID+" supports"]++
		} else {
			c[s.CommitmentID+" earlier"]++
		}
	}

	maps.DeleteFunc(c, func(_ string, n int) bool { return n == 0 })
	return c
}

// countComment counts a comment for its subject and for the comments above it, unless it was removed.
func (c counters) countComment(m *ent.Comment) {
	if public.IsRemoved(m) {
		return
	}

	c[m.SubjectID+" comments"]++
	if m.ParentID == nil {
		side := comment.AlignmentNEUTRAL
		if m.Alignment != nil {
			side = *m.Alignment
		}
		c[m.SubjectID+" "+string(side)]++
		return
	}

	c[*m.ParentID+" replies"]++
	path := roadmap.PathIDs(m)
	for _, above := range path[:len(path)-1] {
		c[above+" descendants"]++
	}
}
