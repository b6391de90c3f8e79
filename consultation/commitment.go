package consultation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/axis"
	"ensemble/ent/commitment"
	"ensemble/ent/phase"
	"ensemble/ent/process"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/live"
)

// maxTerritories bounds how many territories a commitment names; France has 101 departments.
const maxTerritories = 150

// CreateCommitmentInput is the input of CreateCommitment.
type CreateCommitmentInput struct {
	Process        string
	Axis           string
	Territories    []string
	Title          []*TextInput
	Body           []*TextInput
	IdempotencyKey *string
}

// CreateCommitment writes a draft with the next number of its process.
// Errors: NOT_FOUND, FORBIDDEN, BAD_USER_INPUT.
func (s *Service) CreateCommitment(ctx context.Context, in CreateCommitmentInput) (*ent.Commitment, error) {
	viewer := auth.ViewerFrom(ctx)
	return once(ctx, s, Retry{"createCommitment", in.IdempotencyKey, in}, s.Read.Commitment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Commitment, error) {
			if err := signedIn(viewer); err != nil {
				return nil, err
			}
			p, err := tx.lockProcess(ctx, in.Process)
			if err != nil {
				return nil, absent("process", err)
			}
			if err := MaySteer(viewer, p.ID); err != nil {
				return nil, hideProcess(viewer, err, p)
			}
			title, err := official("title", in.Title, p.Languages, nil, titleLine)
			if err != nil {
				return nil, err
			}
			body, err := official("body", in.Body, p.Languages, nil, bodyProse)
			if err != nil {
				return nil, err
			}
			return tx.newCommitment(ctx, p, newCommitment{
				axis: in.Axis, territories: in.Territories, title: title, body: body, author: viewer.UserID,
				source: version.SourceEDIT,
			})
		})
}

// newCommitment is what a commitment begins with: written by the steering body, or promoted from an amendment.
type newCommitment struct {
	axis         string
	territories  []string
	title, body  Texts
	behind       []string // languages that say what another commitment says
	author       string
	organization *string
	source       version.Source
	amendment    *string
	open         bool // public at once
}

// newCommitment adds a commitment to a process, which is locked.
func (tx *Tx) newCommitment(ctx context.Context, p *ent.Process, n newCommitment) (*ent.Commitment, error) {
	if err := tx.checkPlace(ctx, p.ID, &n.axis, n.territories); err != nil {
		return nil, err
	}
	number, err := tx.nextNumber(ctx, p)
	if err != nil {
		return nil, err
	}
	s := tx.service
	now, versionID := s.now(), s.NewID("version")
	reference := Reference(p.ReferencePrefix, now, number)
	create := tx.Commitment.Create().SetID(s.NewID("commitment")).SetProcessID(p.ID).SetAxisID(n.axis).
		SetNumber(number).SetReference(reference).SetVersionID(versionID).SetVersionNumber(1).
		SetSearchText(SearchText(reference, n.title, n.body)).SetActiveAt(now).SetCreatedAt(now).
		AddTerritoryIDs(n.territories...)
	if n.open {
		create.SetStatus(commitment.StatusOPEN).SetPublishedAt(now).SetNillablePromotedFromID(n.amendment)
	}
	c, err := create.Save(ctx)
	if err != nil {
		return nil, err
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
	return c, tx.service.Index(ctx, tx, c)
}

// nextNumber takes the next number of the process; the row's lock orders those who ask at once.
func (tx *Tx) nextNumber(ctx context.Context, p *ent.Process) (int, error) {
	var number int
	err := tx.queryRow(ctx, []any{&number},
		`UPDATE processes SET last_number = last_number + 1 WHERE id = $1 RETURNING last_number`, p.ID)
	return number, err
}

// Reference names a commitment for quoting: prefix, kind, month and number.
func Reference(prefix string, at time.Time, number int) string {
	return fmt.Sprintf("%s-COMM-%s-%d", prefix, at.Format("2006-01"), number)
}

// SearchText is what a text filter looks through: reference, titles and bodies, folded.
func SearchText(reference string, title, body Texts) string {
	all := reference
	for _, t := range []Texts{title, body} {
		for _, lang := range slices.Sorted(keys(t)) {
			all += "\n" + t[lang]
		}
	}
	return text.Fold(all)
}

// checkPlace asks that axis (unless nil) is of the process, which is locked, and that the territories exist.
func (tx *Tx) checkPlace(ctx context.Context, processID string, axisID *string, territories []string) error {
	if axisID != nil {
		ok, err := tx.Axis.Query().Where(axis.ID(*axisID), axis.ProcessID(processID)).Exist(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return BadInput("axis", "This is not an axis of the process.")
		}
	}
	if len(territories) > maxTerritories {
		return BadInput("territories", "Name at most %d territories.", maxTerritories)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(territories)))) != len(territories) {
		return BadInput("territories", "A territory is given twice.")
	}
	n, err := tx.Territory.Query().Where(territory.IDIn(territories...)).Count(ctx)
	if err == nil && n != len(territories) {
		err = BadInput("territories", "One of these is not a territory.")
	}
	return err
}

// PublishCommitment makes a draft public and open, and announces it on both topics.
func (s *Service) PublishCommitment(ctx context.Context, id string, key *string) (*ent.Commitment, error) {
	return once(ctx, s, Retry{"publishCommitment", key, id}, s.Read.Commitment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Commitment, error) {
			p, err := tx.lockProcessOf(ctx, id)
			if err != nil {
				return nil, err
			}
			c, err := tx.commitmentToSteer(ctx, id, MayPublish)
			if err != nil {
				return nil, err
			}
			if p.PublishedAt == nil {
				return nil, moved(p.ID, "The process is not public yet.")
			}
			now := s.now()
			c, err = c.Update().SetStatus(commitment.StatusOPEN).SetPublishedAt(now).SetActiveAt(now).Save(ctx)
			if err != nil {
				return nil, err
			}
			if err := tx.service.Index(ctx, tx, c); err != nil {
				return nil, err
			}
			if err := tx.audit(ctx, privileged{act: "publishCommitment", subject: c.ID, process: c.ProcessID}); err != nil {
				return nil, err
			}
			return c, tx.commitmentPublished(ctx, c)
		})
}

// commitmentPublished counts and announces a new public commitment.
func (tx *Tx) commitmentPublished(ctx context.Context, c *ent.Commitment) error {
	for _, topic := range []string{c.ID, c.ProcessID} {
		tx.record(live.Event{Topic: topic, Type: live.CommitmentPublished, Subject: c.ID})
	}
	return tx.Process.Update().Where(process.ID(c.ProcessID)).AddCommitmentCount(1).Exec(ctx)
}

// ChangeCommitmentStatus moves a public commitment on, as the table statusMoves allows.
func (s *Service) ChangeCommitmentStatus(ctx context.Context, id string, to commitment.Status, key *string) (*ent.Commitment, error) {
	return once(ctx, s, Retry{"changeCommitmentStatus", key, []any{id, to}}, s.Read.Commitment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Commitment, error) {
			c, err := tx.commitmentToSteer(ctx, id, func(v auth.Viewer, c *ent.Commitment) error { return mayChangeStatus(v, c, to) })
			if err != nil {
				return nil, err
			}
			tx.record(live.Event{
				Topic: c.ID, Type: live.CommitmentStatusChanged, Subject: c.ID, Data: map[string]any{"status": to},
			})
			if err := tx.auditStatus(ctx, "changeCommitmentStatus", c, to); err != nil {
				return nil, err
			}
			return c.Update().SetStatus(to).SetActiveAt(s.now()).Save(ctx)
		})
}

// WithdrawCommitment gives a commitment up and announces it on both topics.
func (s *Service) WithdrawCommitment(ctx context.Context, id string, key *string) (*ent.Commitment, error) {
	return once(ctx, s, Retry{"withdrawCommitment", key, id}, s.Read.Commitment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Commitment, error) {
			c, err := tx.commitmentToSteer(ctx, id, MayWithdrawCommitment)
			if err != nil {
				return nil, err
			}
			for _, topic := range []string{c.ID, c.ProcessID} {
				tx.record(live.Event{Topic: topic, Type: live.CommitmentWithdrawn, Subject: c.ID})
			}
			if err := tx.auditStatus(ctx, "withdrawCommitment", c, commitment.StatusWITHDRAWN); err != nil {
				return nil, err
			}
			return c.Update().SetStatus(commitment.StatusWITHDRAWN).SetActiveAt(s.now()).Save(ctx)
		})
}

// auditStatus writes down a move of a commitment.
func (tx *Tx) auditStatus(ctx context.Context, act string, c *ent.Commitment, to commitment.Status) error {
	return tx.audit(ctx, privileged{
		act: act, subject: c.ID, process: c.ProcessID, details: map[string]any{"from": c.Status, "to": to},
	})
}

// ReviseCommitmentInput is the input of ReviseCommitment.
type ReviseCommitmentInput struct {
	Commitment     string
	Base           string
	Title          []*TextInput
	Body           []*TextInput
	Axis           *string
	Territories    []string
	IdempotencyKey *string
}

// ReviseCommitment writes the next version; of a draft, it rewrites the only one. The axis and the territories are
// no part of the text: changing only them makes no version, and is announced by an event of its own.
// Errors: CONFLICT when base is not the current version any more, BAD_USER_INPUT when nothing changes.
func (s *Service) ReviseCommitment(ctx context.Context, in ReviseCommitmentInput) (*ent.Commitment, error) {
	return once(ctx, s, Retry{"reviseCommitment", in.IdempotencyKey, in}, s.Read.Commitment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Commitment, error) {
			p, err := tx.lockProcessOf(ctx, in.Commitment)
			if err != nil {
				return nil, err
			}
			c, err := tx.commitmentToSteer(ctx, in.Commitment, MayRevise)
			if err != nil {
				return nil, err
			}
			if in.Base != c.VersionID {
				return nil, moved(c.VersionID, "The text has moved on to another version.")
			}
			if err := tx.checkPlace(ctx, p.ID, in.Axis, in.Territories); err != nil {
				return nil, err
			}
			if err := tx.audit(ctx, privileged{act: "reviseCommitment", subject: c.ID, process: p.ID}); err != nil {
				return nil, err
			}
			return tx.revise(ctx, c, p, in)
		})
}

// moves says whether the input puts the commitment on another axis or on other territories.
func (tx *Tx) moves(ctx context.Context, c *ent.Commitment, in ReviseCommitmentInput) (bool, error) {
	if in.Axis != nil && *in.Axis != c.AxisID {
		return true, nil
	}
	if in.Territories == nil {
		return false, nil
	}
	named, err := c.QueryTerritories().IDs(ctx)
	return !slices.Equal(slices.Sorted(slices.Values(named)), slices.Sorted(slices.Values(in.Territories))), err
}

// move does it, and announces it of a public commitment.
func (tx *Tx) move(ctx context.Context, c *ent.Commitment, in ReviseCommitmentInput) (*ent.Commitment, error) {
	place := c.Update().SetNillableAxisID(in.Axis).SetActiveAt(tx.service.now())
	if in.Territories != nil {
		place.ClearTerritories().AddTerritoryIDs(in.Territories...)
	}
	if c.Status != commitment.StatusDRAFT {
		tx.record(live.Event{Topic: c.ID, Type: live.CommitmentMoved, Subject: c.ID})
	}
	return place.Save(ctx)
}

func (tx *Tx) revise(ctx context.Context, c *ent.Commitment, p *ent.Process, in ReviseCommitmentInput) (*ent.Commitment, error) {
	current, err := tx.Version.Get(ctx, c.VersionID)
	if err != nil {
		return nil, err
	}
	title, err := official("title", in.Title, p.Languages, current.Title, titleLine)
	if err != nil {
		return nil, err
	}
	body, err := official("body", in.Body, p.Languages, current.Body, bodyProse)
	if err != nil {
		return nil, err
	}
	moves, err := tx.moves(ctx, c, in)
	if err != nil {
		return nil, err
	}
	changed := changedLanguages(current, title, body)
	if len(changed) == 0 && !moves {
		return nil, BadInput("body", "This changes nothing.")
	}
	if moves {
		if c, err = tx.move(ctx, c, in); err != nil {
			return nil, err
		}
	}
	switch {
	case len(changed) == 0:
		return c, nil
	case c.Status == commitment.StatusDRAFT:
		if err := tx.Version.Update().Where(version.ID(current.ID)).SetTitle(title).SetBody(body).Exec(ctx); err != nil {
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

// given are the languages that an input holds a text in.
func given(texts ...[]*TextInput) ([]string, error) {
	var languages []string
	for _, in := range texts {
		for _, t := range in {
			lang, err := tag("language", t.Language)
			if err != nil {
				return nil, err
			}
			languages = append(languages, lang)
		}
	}
	return languages, nil
}

// commitmentToSteer locks a commitment that the viewer may do something to.
// Errors: NOT_FOUND when there is none or it is a draft they may not see; what may says.
func (tx *Tx) commitmentToSteer(ctx context.Context, id string, may func(auth.Viewer, *ent.Commitment) error) (*ent.Commitment, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, err
	}
	c, err := tx.lockCommitment(ctx, id)
	if err != nil {
		return nil, absent("commitment", err)
	}
	if err := may(viewer, c); err != nil {
		return nil, hideDraft(err, "commitment", c.Status == commitment.StatusDRAFT)
	}
	return c, nil
}

// lockProcessOf locks the process of a commitment: before the commitment, where the change concerns both.
func (tx *Tx) lockProcessOf(ctx context.Context, commitmentID string) (*ent.Process, error) {
	if err := signedIn(auth.ViewerFrom(ctx)); err != nil {
		return nil, err
	}
	c, err := tx.Commitment.Get(ctx, commitmentID)
	if err != nil {
		return nil, absent("commitment", err)
	}
	return tx.lockProcess(ctx, c.ProcessID)
}

// lockCommitment reads a commitment and keeps others from changing it until the transaction ends.
func (tx *Tx) lockCommitment(ctx context.Context, id string) (*ent.Commitment, error) {
	q := tx.Commitment.Query().Where(commitment.ID(id))
	if tx.service.onPostgres() {
		q.ForUpdate()
	}
	return q.Only(ctx)
}

// openings are those of the commitment's process, now.
func (tx *Tx) openings(ctx context.Context, processID string) (Openings, error) {
	phases, err := tx.Phase.Query().Where(phase.ProcessID(processID)).All(ctx)
	return OpeningsAt(phases, tx.service.now()), err
}

// DraftCommitments are those not yet public that the viewer writes, as steering body or administrator.
func (s *Service) DraftCommitments(v auth.Viewer) *ent.CommitmentQuery {
	q := s.AllCommitments().Where(commitment.StatusEQ(commitment.StatusDRAFT))
	if v.SiteAdmin {
		return q
	}
	return q.Where(commitment.ProcessIDIn(steered(v)...))
}
