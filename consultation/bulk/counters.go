package bulk

import (
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
)

// count sets the columns that count other rows: drafts, and what is removed, count nowhere.
func (r *Rows) count() {
	commitments := r.countCommitments()
	r.countSupports(commitments)
	r.countComments(commitments, r.countAmendments(commitments))
}

// countCommitments counts those of each process, and returns all by their ids, with counters that stand at zero.
func (r *Rows) countCommitments() map[string]*ent.Commitment {
	processes := byID(r.Processes)
	for _, p := range r.Processes {
		p.CommitmentCount, p.LastNumber = 0, 0
	}

	for _, c := range r.Commitments {
		c.AmendmentCount, c.CommentCount, c.ForCount, c.AgainstCount, c.NeutralCount = 0, 0, 0, 0, 0
		c.SupportCount, c.EarlierSupportCount = 0, 0
		if p := processes[c.ProcessID]; p != nil {
			p.LastNumber = max(p.LastNumber, c.Number)
			if public.IsPublicCommitment(c) {
				p.CommitmentCount++
			}
		}
	}
	return byID(r.Commitments)
}

// countSupports counts those on the current text of each commitment, and those on earlier ones.
func (r *Rows) countSupports(commitments map[string]*ent.Commitment) {
	for _, s := range r.Supports {
		c := commitments[s.CommitmentID]
		switch {
		case c == nil:
		case s.VersionID == c.VersionID:
			c.SupportCount++
		default:
			c.EarlierSupportCount++
		}
	}
}

// countAmendments counts those of each commitment, and returns all by their ids, with counters that stand at zero.
func (r *Rows) countAmendments(commitments map[string]*ent.Commitment) map[string]*ent.Amendment {
	for _, a := range r.Amendments {
		a.CommentCount, a.ForCount, a.AgainstCount, a.NeutralCount = 0, 0, 0, 0
		if c := commitments[a.CommitmentID]; c != nil && public.IsPublicAmendment(a) {
			c.AmendmentCount++
		}
	}
	return byID(r.Amendments)
}

// countComments counts comments where they are: on their subject, and below what they answer. It counts their votes,
// too.
func (r *Rows) countComments(commitments map[string]*ent.Commitment, amendments map[string]*ent.Amendment) {
	comments := byID(r.Comments)
	for _, m := range r.Comments {
		m.ReplyCount, m.DescendantCount, m.UpCount, m.DownCount, m.Score = 0, 0, 0, 0, 0
	}

	for _, m := range r.Comments {
		if public.IsRemoved(m) {
			continue
		}
		if c := commitments[m.SubjectID]; c != nil {
			c.CommentCount++
			countSide(m, &c.ForCount, &c.AgainstCount, &c.NeutralCount)
		}
		if a := amendments[m.SubjectID]; a != nil {
			a.CommentCount++
			countSide(m, &a.ForCount, &a.AgainstCount, &a.NeutralCount)
		}
		countBelow(m, comments)
	}

	for _, v := range r.Votes {
		m := comments[v.CommentID]
		switch {
		case m == nil:
		case v.Value > 0:
			m.UpCount, m.Score = m.UpCount+1, m.Score+1
		default:
			m.DownCount, m.Score = m.DownCount+1, m.Score-1
		}
	}
}

// countSide counts the side that a comment takes; answers take none.
func countSide(m *ent.Comment, agree, against, neutral *int) {
	switch roadmap.SideOf(m) {
	case comment.AlignmentFOR:
		*agree++
	case comment.AlignmentAGAINST:
		*against++
	case comment.AlignmentNEUTRAL:
		*neutral++
	}
}

// countBelow counts an answer for each comment that is above it.
func countBelow(m *ent.Comment, comments map[string]*ent.Comment) {
	path := roadmap.PathIDs(m)
	for _, id := range path[:len(path)-1] {
		if above := comments[id]; above != nil {
			above.DescendantCount++
			if id == *m.ParentID {
				above.ReplyCount++
			}
		}
	}
}

// byID returns rows by their ids.
func byID[T interface{ NodeID() string }](rows []T) map[string]T {
	all := make(map[string]T, len(rows))
	for _, row := range rows {
		all[row.NodeID()] = row
	}
	return all
}
