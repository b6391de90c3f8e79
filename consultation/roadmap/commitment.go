package roadmap

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/permission"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/axis"
	"ensemble/ent/commitment"
	"ensemble/ent/phase"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/live"
)

// maxTerritories bounds how many territories a commitment names; France has 101 departments.
const maxTerritories = 150

// CreateCommitment writes a draft with the next number of its process.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such process, or the viewer may not see it; FORBIDDEN unless the
// viewer steers or administers it; BAD_USER_INPUT.
func (s *Roadmap) CreateCommitment(ctx context.Context, in CreateCommitmentInput) (*ent.Commitment, error) {
	viewer := auth.ViewerFrom(ctx)
	return public.OnceAtHead(ctx, s, in, s.commitmentNow, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
		p, err := processes.LockFor(ctx, tx.Tx, in.Process, processes.MaySteer)
		if err != nil {
			return nil, err
		}

		title, wrongTitle := input.Official("title", in.Title, p.Languages, nil, input.TitleLine)
		body, wrongBody := input.Official("body", in.Body, p.Languages, nil, input.BodyProse)
		if err := refusal.Together(wrongTitle, wrongBody); err != nil {
			return nil, err
		}

		return tx.newCommitment(ctx, p, newCommitment{
			id: in.ID, axis: in.Axis, territories: in.Territories, title: title, body: body, author: viewer.UserID,
			source: version.SourceEDIT,
		})
	})
}

// newCommitment is what a commitment begins with: written by the steering body, or promoted from an amendment.
type newCommitment struct {
	id           *string // that a client has chosen
	axis         string
	territories  []string
	title, body  input.Texts
	behind       []string // languages that say what another commitment says
	author       string
	organization *string
	source       version.Source
	amendment    *string
	open         bool // public at once
}

// newCommitment adds a commitment and its first version to a process, which the caller has locked.
// Errors: BAD_USER_INPUT on axis or territories.
func (tx *tx) newCommitment(ctx context.Context, p *ent.Process, n newCommitment) (*ent.Commitment, error) {
	if err := tx.checkPlace(ctx, p.ID, &n.axis, n.territories); err != nil {
		return nil, err
	}
	number, err := tx.nextNumber(ctx, p)
	if err != nil {
		return nil, err
	}

	// The commitment refers to its version, and the version to its commitment: the version's id is chosen first.
	s := tx.Roadmap
	now, versionID := s.Moment(), s.NewID("version")
	reference := Reference(p.ReferencePrefix, now, number)
	id, err := tx.ChosenID(ctx, "commitment", n.id, func(ctx context.Context, id string) (bool, error) {
		return tx.Commitment.Query().Where(commitment.ID(id)).Exist(ctx)
	})
	if err != nil {
		return nil, err
	}
	create := tx.Commitment.Create().SetID(id).SetProcessID(p.ID).SetAxisID(n.axis).
		SetNumber(number).SetReference(reference).SetVersionID(versionID).SetVersionNumber(1).
		SetSearchText(SearchText(reference, n.title, n.body)).SetActiveAt(now).SetCreatedAt(now).
		AddTerritoryIDs(n.territories...)
	if n.open {
		create.SetStatus(commitment.StatusOPEN).SetPublishedAt(now).SetNillablePromotedFromID(n.amendment)
	}
	c, err := create.Save(ctx)
	if err != nil {
		return nil, change.UnlessTaken(n.id, err)
	}

	first := tx.Version.Create().SetID(versionID).SetCommitmentID(c.ID).SetNumber(1).SetTitle(n.title).SetBody(n.body).
		SetAuthorID(n.author).SetNillableOrganizationID(n.organization).SetSource(n.source).
		SetNillableAmendmentID(n.amendment).SetCreatedAt(now)
	if n.behind != nil {
		first.SetBehind(n.behind)
	}
	if err := first.Exec(ctx); err != nil || !n.open {
		return c, err
	}

	// Only what is public can be found.
	return c, tx.search.Refresh(ctx, tx.Tx, c)
}

// nextNumber takes the next number of the process. The update locks its row, so that nobody gets the same number.
func (tx *tx) nextNumber(ctx context.Context, p *ent.Process) (int, error) {
	var number int
	err := tx.QueryRow(ctx, []any{&number},
		`UPDATE processes SET last_number = last_number + 1 WHERE id = $1 RETURNING last_number`, p.ID)
	return number, err
}

// Reference returns the name by which people quote a commitment: prefix, kind, year and month, and number.
func Reference(prefix string, at time.Time, number int) string {
	return fmt.Sprintf("%s-COMM-%s-%d", prefix, at.Format("2006-01"), number)
}

// SearchText returns what a text filter looks through: the reference, the titles and the bodies, folded.
func SearchText(reference string, title, body input.Texts) string {
	all := reference
	for _, t := range []input.Texts{title, body} {
		for _, lang := range slices.Sorted(input.Languages(t)) {
			all += "\n" + t[lang]
		}
	}
	return clean.Fold(all)
}

// checkPlace checks that the axis, unless nil, belongs to the process, which the caller has locked, and that the
// territories exist, once each. Errors: BAD_USER_INPUT on axis or territories.
func (tx *tx) checkPlace(ctx context.Context, processID string, axisID *string, territories []string) error {
	if axisID != nil {
		ok, err := tx.Axis.Query().Where(axis.ID(*axisID), axis.ProcessID(processID)).Exist(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return refusal.BadInput("axis", "This is not an axis of the process.")
		}
	}

	if len(territories) > maxTerritories {
		return refusal.BadInput("territories", "Name at most %d territories.", maxTerritories)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(territories)))) != len(territories) {
		return refusal.BadInput("territories", "A territory is given twice.")
	}

	n, err := tx.Territory.Query().Where(territory.IDIn(territories...)).Count(ctx)
	if err == nil && n != len(territories) {
		err = refusal.BadInput("territories", "One of these is not a territory.")
	}
	return err
}

// PublishCommitment makes a draft public and open, and announces it on its own topic and on that of its process.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such commitment, or the viewer may not see it; FORBIDDEN unless
// the viewer steers or administers its process; CONFLICT when it is public already, or when its process is not yet.
func (s *Roadmap) PublishCommitment(ctx context.Context, in PublishCommitmentInput) (*ent.Commitment, error) {
	return public.OnceAtHead(ctx, s, in, s.commitmentNow, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
		p, err := tx.lockProcessOf(ctx, "commitment", commitment.ID(in.Commitment))
		if err != nil {
			return nil, err
		}

		// The process was locked before its commitment, as everybody locks them.
		c, err := tx.commitmentToSteer(ctx, in.Commitment, MayPublish)
		if err != nil {
			return nil, err
		}
		if p.PublishedAt == nil {
			return nil, refusal.Conflicting(refusal.Current{ID: p.ID}, "The process is not public yet.")
		}

		now := s.Moment()
		c, err = c.Update().SetStatus(commitment.StatusOPEN).SetPublishedAt(now).SetActiveAt(now).Save(ctx)
		if err != nil {
			return nil, err
		}
		if err := tx.search.Refresh(ctx, tx.Tx, c); err != nil {
			return nil, err
		}

		act := change.Act{Name: "publishCommitment", Subject: c.ID, Process: c.ProcessID}
		if err := tx.Audit(ctx, act); err != nil {
			return nil, err
		}
		return c, tx.commitmentPublished(ctx, c)
	})
}

// commitmentPublished announces a new public commitment, and counts it in its process, which the caller has locked.
func (tx *tx) commitmentPublished(ctx context.Context, c *ent.Commitment) error {
	for _, topic := range []string{c.ID, c.ProcessID} {
		tx.Record(live.Event{Topic: topic, Type: live.CommitmentPublished, Subject: c.ID})
	}
	return tx.Process.Update().Where(process.ID(c.ProcessID)).AddCommitmentCount(1).Exec(ctx)
}

// ChangeCommitmentStatus moves a public commitment to another status, as the table statusMoves allows, and announces
// it.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such commitment, or the viewer may not see it; FORBIDDEN unless
// the viewer steers or administers its process; CONFLICT when the table does not allow the move.
func (s *Roadmap) ChangeCommitmentStatus(ctx context.Context, in ChangeCommitmentStatusInput) (*ent.Commitment, error) {
	return public.OnceAtHead(ctx, s, in, s.commitmentNow, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
		c, err := tx.commitmentToSteer(ctx, in.Commitment,
			func(v auth.Viewer, c *ent.Commitment) error { return MayChangeStatus(v, c, in.Status) })
		if err != nil {
			return nil, err
		}

		tx.Record(live.Event{
			Topic: c.ID, Type: live.CommitmentStatusChanged, Subject: c.ID, Data: map[string]any{"status": in.Status},
		})
		if err := tx.auditStatus(ctx, "changeCommitmentStatus", c, in.Status); err != nil {
			return nil, err
		}
		return c.Update().SetStatus(in.Status).SetActiveAt(s.Moment()).Save(ctx)
	})
}

// WithdrawCommitment gives a commitment up, and announces it on its own topic and on that of its process.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such commitment, or the viewer may not see it; FORBIDDEN unless
// the viewer steers or administers its process; CONFLICT unless it is under consultation.
func (s *Roadmap) WithdrawCommitment(ctx context.Context, in WithdrawCommitmentInput) (*ent.Commitment, error) {
	return public.OnceAtHead(ctx, s, in, s.commitmentNow, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
		c, err := tx.commitmentToSteer(ctx, in.Commitment, MayWithdrawCommitment)
		if err != nil {
			return nil, err
		}

		for _, topic := range []string{c.ID, c.ProcessID} {
			tx.Record(live.Event{Topic: topic, Type: live.CommitmentWithdrawn, Subject: c.ID})
		}
		if err := tx.auditStatus(ctx, "withdrawCommitment", c, commitment.StatusWITHDRAWN); err != nil {
			return nil, err
		}
		return c.Update().SetStatus(commitment.StatusWITHDRAWN).SetActiveAt(s.Moment()).Save(ctx)
	})
}

// auditStatus writes the move of a commitment to another status into the audit. c still has the status before.
func (tx *tx) auditStatus(ctx context.Context, act string, c *ent.Commitment, to commitment.Status) error {
	return tx.Audit(ctx, change.Act{
		Name: act, Subject: c.ID, Process: c.ProcessID, Details: map[string]any{"from": c.Status, "to": to},
	})
}

// ReviseCommitment writes the next version of a public commitment, or rewrites the only version of a draft. The axis
// and the territories are no part of the text: when only they change, there is no new version, and an event of its own.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such commitment, or the viewer may not see it; FORBIDDEN unless
// the viewer steers or administers its process; CLOSED when it is adopted or withdrawn; CONFLICT when Base is not the
// current version any more; BAD_USER_INPUT, also when nothing changes.
func (s *Roadmap) ReviseCommitment(ctx context.Context, in ReviseCommitmentInput) (*ent.Commitment, error) {
	return public.OnceAtHead(ctx, s, in, s.commitmentNow, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
		p, err := tx.lockProcessOf(ctx, "commitment", commitment.ID(in.Commitment))
		if err != nil {
			return nil, err
		}

		c, err := tx.commitmentToSteer(ctx, in.Commitment, MayRevise)
		if err != nil {
			return nil, err
		}
		if in.Base != c.VersionID {
			return nil, refusal.Conflicting(refusal.Current{ID: c.VersionID},
				"The text has moved on to another version.")
		}

		if err := tx.checkPlace(ctx, p.ID, in.Axis, in.Territories); err != nil {
			return nil, err
		}
		if err := tx.Audit(ctx, change.Act{Name: "reviseCommitment", Subject: c.ID, Process: p.ID}); err != nil {
			return nil, err
		}

		return tx.revise(ctx, c, p, in)
	})
}

// moves says whether the input puts the commitment on another axis or on other territories.
func (tx *tx) moves(ctx context.Context, c *ent.Commitment, in ReviseCommitmentInput) (bool, error) {
	if in.Axis != nil && *in.Axis != c.AxisID {
		return true, nil
	}
	if in.Territories == nil {
		return false, nil
	}
	named, err := c.QueryTerritories().IDs(ctx)
	return !slices.Equal(slices.Sorted(slices.Values(named)), slices.Sorted(slices.Values(in.Territories))), err
}

// move puts the commitment on the axis and the territories of the input, and announces it unless the commitment is a
// draft.
func (tx *tx) move(ctx context.Context, c *ent.Commitment, in ReviseCommitmentInput) (*ent.Commitment, error) {
	place := c.Update().SetNillableAxisID(in.Axis).SetActiveAt(tx.Moment())
	if in.Territories != nil {
		place.ClearTerritories().AddTerritoryIDs(in.Territories...)
	}

	if c.Status != commitment.StatusDRAFT {
		tx.Record(live.Event{Topic: c.ID, Type: live.CommitmentMoved, Subject: c.ID})
	}
	return place.Save(ctx)
}

// revise is ReviseCommitment once everything is locked and Base is known to be current.
// Errors: BAD_USER_INPUT on title or body.
func (tx *tx) revise(
	ctx context.Context, c *ent.Commitment, p *ent.Process, in ReviseCommitmentInput,
) (*ent.Commitment, error) {
	current, err := tx.Version.Get(ctx, c.VersionID)
	if err != nil {
		return nil, err
	}

	title, wrongTitle := input.Official("title", in.Title, p.Languages, current.Title, input.TitleLine)
	body, wrongBody := input.Official("body", in.Body, p.Languages, current.Body, input.BodyProse)
	if err := refusal.Together(wrongTitle, wrongBody); err != nil {
		return nil, err
	}

	moves, err := tx.moves(ctx, c, in)
	if err != nil {
		return nil, err
	}
	changed := changedLanguages(current, title, body)
	if len(changed) == 0 && !moves {
		return nil, refusal.BadInput("body", "This changes nothing.")
	}

	// Place the commitment first, then write the text: both may have changed.
	if moves {
		if c, err = tx.move(ctx, c, in); err != nil {
			return nil, err
		}
	}

	// A draft has one version, which readers have not seen: it is rewritten.
	switch {
	case len(changed) == 0:
		return c, nil
	case c.Status == commitment.StatusDRAFT:
		draft := tx.Version.Update().Where(version.ID(current.ID)).SetTitle(title).SetBody(body)
		if err := draft.Exec(ctx); err != nil {
			return nil, err
		}
		return c.Update().SetSearchText(SearchText(c.Reference, title, body)).Save(ctx)
	}

	written, err := given(in.Title, in.Body)
	if err != nil {
		return nil, err
	}
	return tx.nextVersion(ctx, c, current, nextVersion{
		title: title, body: body, written: written, author: auth.ViewerFrom(ctx).UserID, source: version.SourceEDIT,
	})
}

// given returns the languages of the texts in an input, in the order given; a language can come twice.
// Errors: BAD_USER_INPUT on language.
func given(texts ...[]*input.TextInput) ([]string, error) {
	var languages []string
	for _, in := range texts {
		for _, t := range in {
			lang, err := input.Tag("language", t.Language)
			if err != nil {
				return nil, err
			}
			languages = append(languages, lang)
		}
	}
	return languages, nil
}

// commitmentToSteer locks a commitment, and asks may whether the viewer may do something to it.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such commitment, or it is a draft that the viewer may not see;
// what may returns.
func (tx *tx) commitmentToSteer(
	ctx context.Context, id string, may func(auth.Viewer, *ent.Commitment) error,
) (*ent.Commitment, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, err
	}

	c, err := tx.lockCommitment(ctx, id)
	if err != nil {
		return nil, refusal.IfMissing("commitment", err)
	}
	if err := may(viewer, c); err != nil {
		return nil, refusal.HideDraft(err, "commitment", c.Status == commitment.StatusDRAFT)
	}
	return c, nil
}

// lockProcessOf locks the process of the commitment that which matches. A change that concerns both calls it before it
// locks the commitment. Errors: UNAUTHENTICATED; NOT_FOUND on field.
func (tx *tx) lockProcessOf(ctx context.Context, field string, which predicate.Commitment) (*ent.Process, error) {
	if err := permission.AskSignedIn(auth.ViewerFrom(ctx)); err != nil {
		return nil, err
	}

	c, err := tx.Commitment.Query().Where(which).Only(ctx)
	if err != nil {
		return nil, refusal.IfMissing(field, err)
	}
	return processes.Lock(ctx, tx.Tx, c.ProcessID)
}

// lockCommitment reads a commitment, and stops others from changing it until the transaction ends. Errors: those of
// ent.
func (tx *tx) lockCommitment(ctx context.Context, id string) (*ent.Commitment, error) {
	return tx.Commitment.Query().Where(commitment.ID(id), tx.Locked()).Only(ctx)
}

// openings returns what the phases of the process allow now. Errors: those of ent.
func (tx *tx) openings(ctx context.Context, processID string) (processes.Openings, error) {
	phases, err := tx.Phase.Query().Where(phase.ProcessID(processID)).All(ctx)
	return processes.OpeningsAt(phases, tx.Moment()), err
}

// DraftCommitments returns a query for the drafts in processes that the viewer steers or administers; a site
// administrator finds all drafts.
func (s *Roadmap) DraftCommitments(v auth.Viewer) *ent.CommitmentQuery {
	q := s.public.AllCommitments().Where(commitment.StatusEQ(commitment.StatusDRAFT))
	if v.SiteAdmin {
		return q
	}
	return q.Where(commitment.ProcessIDIn(processes.Steered(v)...))
}
