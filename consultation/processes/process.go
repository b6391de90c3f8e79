package processes

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/people"
	"ensemble/consultation/permission"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/axis"
	"ensemble/ent/commitment"
	"ensemble/ent/phase"
	"ensemble/ent/process"
	"ensemble/ent/role"
	"ensemble/ent/version"
	"ensemble/live"
)

var (
	slugForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	prefixForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,98}[A-Za-z0-9])?$`)
)

// CreateProcess makes a draft of a process. The viewer becomes its ADMIN.
// Errors: UNAUTHENTICATED; FORBIDDEN unless the viewer is a site administrator; BAD_USER_INPUT; CONFLICT on slug or
// referencePrefix when it is taken.
func (s *Processes) CreateProcess(ctx context.Context, in CreateProcessInput) (*ent.Process, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := MayCreateProcess(viewer); err != nil {
		return nil, err
	}

	p, err := public.OnceAtHead(ctx, s, in, s.processNow, func(ctx context.Context, tx *tx) (*ent.Process, error) {
		create, err := s.newProcess(ctx, tx, in)
		if err != nil {
			return nil, err
		}
		p, err := create.Save(ctx)
		if err != nil {
			return nil, err
		}

		// The viewer gets a role: what the session knows of them is read again.
		people.ViewerChanged(tx.Tx, viewer.UserID)
		if err := tx.Audit(ctx, change.Act{Name: "createProcess", Subject: p.ID, Process: p.ID}); err != nil {
			return nil, err
		}
		return p, tx.Role.Create().SetID(s.NewID("role")).SetUserID(viewer.UserID).SetProcessID(p.ID).
			SetName(role.NameADMIN).SetCreatedAt(s.Moment()).Exec(ctx)
	})

	// Somebody else took the slug or the prefix after we looked.
	if ent.IsConstraintError(err) {
		return nil, &refusal.Error{Code: refusal.Conflict, Field: "slug", Message: "This slug is taken."}
	}
	return p, err
}

// newProcess checks the input of CreateProcess, and prepares the row. Errors: BAD_USER_INPUT; CONFLICT when slug or
// prefix is taken.
func (s *Processes) newProcess(ctx context.Context, tx *tx, in CreateProcessInput) (*ent.ProcessCreate, error) {
	if len(in.Slug) < 3 || len(in.Slug) > 80 || !slugForm.MatchString(in.Slug) {
		return nil, refusal.BadInput("slug", "Use 3 to 80 of a-z, 0-9 and -.")
	}

	prefix := in.Slug
	if in.ReferencePrefix != nil {
		prefix = *in.ReferencePrefix
	}
	if !prefixForm.MatchString(prefix) {
		return nil, refusal.BadInput("referencePrefix", "Use 1 to 100 letters, digits, . and -.")
	}

	// The languages come before the texts, which are checked against them.
	languages, err := processLanguages(in.Languages)
	if err != nil {
		return nil, err
	}
	title, wrongTitle := input.Official("title", in.Title, languages, nil, input.TitleLine)
	about, wrongDescription := input.Official("description", in.Description, languages, nil, input.BodyProse)
	words, wrongModeration := checkModeration(&in.ReportsToHide, &in.LinkLimit, in.HeldWords)
	err = refusal.Together(wrongTitle, wrongDescription, checkLimits(&in.CommentMaxLength, &in.EvaluatingLimit),
		wrongModeration)
	if err != nil {
		return nil, err
	}

	if err := tx.namesFree(ctx, in.Slug, prefix); err != nil {
		return nil, err
	}

	return tx.Process.Create().SetID(s.NewID("process")).SetSlug(in.Slug).SetTitle(title).SetDescription(about).
		SetLanguages(languages).SetReferencePrefix(prefix).SetCommentMaxLength(in.CommentMaxLength).
		SetEvaluatingLimit(in.EvaluatingLimit).SetReportsToHide(in.ReportsToHide).SetLinkLimit(in.LinkLimit).
		SetHoldsRepeats(in.HoldsRepeats).SetHeldWords(words).
		SetPreModeration(cmp.Or(in.PreModeration, process.PreModerationNONE)).
		SetCreatedAt(s.Moment()).SetUpdatedAt(s.Moment()), nil
}

// namesFree checks that no process has the slug or the prefix: otherwise references of commitments could be the same
// twice.
// Errors: CONFLICT on slug or referencePrefix.
func (tx *tx) namesFree(ctx context.Context, slug, prefix string) error {
	taken, err := tx.Process.Query().Where(process.Or(process.Slug(slug), process.ReferencePrefix(prefix))).All(ctx)
	if err != nil || len(taken) == 0 {
		return err
	}

	if slices.ContainsFunc(taken, func(p *ent.Process) bool { return p.Slug == slug }) {
		return &refusal.Error{Code: refusal.Conflict, Field: "slug", Message: "This slug is taken."}
	}
	return &refusal.Error{Code: refusal.Conflict, Field: "referencePrefix", Message: "This prefix is taken."}
}

// processLanguages checks that there are 1 to 20 different languages, and returns their tags in normal form.
// Errors: BAD_USER_INPUT on languages.
func processLanguages(in []string) ([]string, error) {
	if len(in) == 0 || len(in) > 20 {
		return nil, refusal.BadInput("languages", "Give 1 to %d languages.", 20)
	}

	out := make([]string, len(in))
	for i, l := range in {
		t, err := input.Tag("languages", l)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, t) {
			return nil, refusal.BadInput("languages", "This language is given twice.")
		}
		out[i] = t
	}
	return out, nil
}

// MaxComment is how long a process may let comments be, in code points.
const MaxComment = 5_000

// checkLimits checks the limits that a process may set: how long a comment is, in code points, and how many amendments
// of a person are under evaluation on a commitment. nil is not checked. Errors: BAD_USER_INPUT. (Decidim allows 1000
// code points.)
func checkLimits(commentLength, evaluating *int) error {
	if commentLength != nil && (*commentLength < 100 || *commentLength > MaxComment) {
		return refusal.BadInput("commentMaxLength", "Give a number from %d to %d.", 100, MaxComment)
	}
	if evaluating != nil && (*evaluating < 1 || *evaluating > 50) {
		return refusal.BadInput("evaluatingLimit", "Give a number from %d to %d.", 1, 50)
	}
	return nil
}

const (
	maxReportsToHide = 50
	maxLinkLimit     = 100
	maxHeldWords     = 500
	maxHeldWord      = 80 // code points
)

// checkModeration checks what a process says about moderation; nil is not checked. It returns the words, each once, as
// it was given first. Words are the same when they are the same folded. Errors: BAD_USER_INPUT.
func checkModeration(reports, links *int, words []string) ([]string, error) {
	switch {
	case reports != nil && (*reports < 0 || *reports > maxReportsToHide):
		return nil, refusal.BadInput("reportsToHide", "Give a number from %d to %d.", 0, maxReportsToHide)
	case links != nil && (*links < 0 || *links > maxLinkLimit):
		return nil, refusal.BadInput("linkLimit", "Give a number from %d to %d.", 0, maxLinkLimit)
	case len(words) > maxHeldWords:
		return nil, refusal.BadInput("heldWords", "Give at most %d values.", maxHeldWords)
	}

	seen, kept := map[string]bool{}, []string{}
	for _, word := range words {
		word, err := input.Line("heldWords", word, maxHeldWord)
		if err != nil {
			return nil, err
		}

		folded := clean.Fold(word)
		if folded == "" {
			return nil, refusal.BadInput("heldWords", "A word has letters or digits.")
		}

		if !seen[folded] {
			kept = append(kept, word)
		}
		seen[folded] = true
	}
	return kept, nil
}

// UpdateProcess changes the settings of a process; what is nil stays.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such process, or the viewer may not see it; FORBIDDEN unless the
// viewer administers it; BAD_USER_INPUT.
func (s *Processes) UpdateProcess(ctx context.Context, in UpdateProcessInput) (*ent.Process, error) {
	return s.configure(ctx, in, in.Process,
		func(ctx context.Context, tx *tx, p *ent.Process) (*ent.Process, error) {
			languages, err := p.Languages, error(nil)
			if in.Languages != nil {
				if languages, err = processLanguages(in.Languages); err != nil {
					return nil, err
				}
			}

			// Check the texts against the languages as they will be.
			title, wrongTitle := input.Official("title", in.Title, languages, p.Title, input.TitleLine)
			about, wrongDescription := input.Official("description", in.Description, languages, p.Description,
				input.BodyProse)
			words, wrongModeration := checkModeration(in.ReportsToHide, in.LinkLimit, in.HeldWords)
			err = refusal.Together(wrongTitle, wrongDescription, checkLimits(in.CommentMaxLength, in.EvaluatingLimit),
				wrongModeration)
			if err != nil {
				return nil, err
			}

			// The texts that are not in the input must do with other languages, too.
			if !slices.Equal(languages, p.Languages) {
				if err := tx.checkLanguages(ctx, p, languages, title, about); err != nil {
					return nil, err
				}
			}

			if in.HeldWords == nil {
				words = p.HeldWords
			}

			return p.Update().SetTitle(title).SetDescription(about).SetLanguages(languages).
				SetNillableCommentMaxLength(in.CommentMaxLength).SetNillableEvaluatingLimit(in.EvaluatingLimit).
				SetNillableReportsToHide(in.ReportsToHide).SetNillableLinkLimit(in.LinkLimit).
				SetNillableHoldsRepeats(in.HoldsRepeats).
				SetHeldWords(words).SetNillablePreModeration(in.PreModeration).
				SetUpdatedAt(s.Moment()).Save(ctx)
		})
}

// checkLanguages checks that the languages are enough for all official texts of the process, which the caller has
// locked, and for more texts that are about to be written: no text is in any other language, and each text exists in
// the first one.
// Errors: BAD_USER_INPUT on languages.
func (tx *tx) checkLanguages(ctx context.Context, p *ent.Process, languages []string, more ...input.Texts) error {
	texts, err := tx.officialTexts(ctx, p)
	if err != nil {
		return err
	}

	for _, t := range append(texts, more...) {
		for _, lang := range slices.Sorted(input.Languages(t)) {
			if !slices.Contains(languages, lang) {
				return refusal.BadInput("languages",
					"A text of the process is in %s: this language cannot be left out.", lang)
			}
		}
		if len(t) > 0 && t[languages[0]] == "" {
			return refusal.BadInput("languages",
				"A text of the process is not in %s: this language cannot be the first.", languages[0])
		}
	}
	return nil
}

// officialTexts returns the texts of the phases, the axes and the commitments of the process, as they are now.
func (tx *tx) officialTexts(ctx context.Context, p *ent.Process) ([]input.Texts, error) {
	phases, err := tx.Phase.Query().Where(phase.ProcessID(p.ID)).All(ctx)
	if err != nil {
		return nil, err
	}
	axes, err := tx.Axis.Query().Where(axis.ProcessID(p.ID)).All(ctx)
	if err != nil {
		return nil, err
	}
	versions, err := tx.Version.Query().Where(version.HasCommitmentWith(commitment.ProcessID(p.ID)), currentVersion).
		Select(version.FieldTitle, version.FieldBody).All(ctx)

	var texts []input.Texts
	for _, f := range phases {
		texts = append(texts, f.Name, f.Description)
	}
	for _, a := range axes {
		texts = append(texts, a.Title, a.Description)
	}
	for _, v := range versions {
		texts = append(texts, v.Title, v.Body)
	}
	return texts, err
}

// currentVersion matches versions that are the current one of their commitment.
func currentVersion(s *sql.Selector) {
	current := sql.Dialect(s.Dialect()).Select(commitment.FieldVersionID).From(sql.Table(commitment.Table))
	s.Where(sql.In(s.C(version.FieldID), current))
}

// PublishProcess makes the draft of a process public, and announces it.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such process, or the viewer may not see it; FORBIDDEN unless the
// viewer administers it; CONFLICT when it is public already.
func (s *Processes) PublishProcess(ctx context.Context, in PublishProcessInput) (*ent.Process, error) {
	return s.configure(ctx, in, in.Process,
		func(ctx context.Context, tx *tx, p *ent.Process) (*ent.Process, error) {
			if p.PublishedAt != nil {
				return nil, refusal.Conflicting(refusal.Current{ID: p.ID}, "The process is already public.")
			}
			return p.Update().SetPublishedAt(s.Moment()).SetUpdatedAt(s.Moment()).Save(ctx)
		})
}

// configure locks a process that the viewer administers, has do change it, and announces the change when the process is
// public.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such process, or it is a draft that the viewer may not see;
// FORBIDDEN; what do returns.
func (s *Processes) configure(ctx context.Context, r change.Input, id string,
	do func(context.Context, *tx, *ent.Process) (*ent.Process, error),
) (*ent.Process, error) {
	return public.OnceAtHead(ctx, s, r, s.processNow, func(ctx context.Context, tx *tx) (*ent.Process, error) {
		p, err := tx.processToConfigure(ctx, id)
		if err != nil {
			return nil, err
		}

		was := p.PublishedAt
		if p, err = do(ctx, tx, p); err != nil {
			return nil, err
		}

		switch {
		case was == nil && p.PublishedAt != nil:
			tx.Record(live.Event{Topic: p.ID, Type: live.ProcessPublished, Subject: p.ID})
		case p.PublishedAt != nil:
			tx.Record(live.Event{Topic: p.ID, Type: live.ProcessUpdated, Subject: p.ID})
		}

		act, _ := r.Retry()
		return p, tx.Audit(ctx, change.Act{Name: act, Subject: p.ID, Process: p.ID})
	})
}

// Lock reads a process. Until the transaction ends, it stops others from changing the process, its phases and
// its axes, and from adding commitments or putting them on an axis. Errors: those of ent.
func Lock(ctx context.Context, tx *change.Tx, id string) (*ent.Process, error) {
	return tx.Process.Query().Where(process.ID(id), tx.Locked()).Only(ctx)
}

// LockFor locks a process in which the viewer may do something, as may says. Whoever may not see the process does not
// learn that there is one. Errors: UNAUTHENTICATED; NOT_FOUND on process; those of may.
func LockFor(
	ctx context.Context, tx *change.Tx, id string, may func(v auth.Viewer, process string) error,
) (*ent.Process, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, err
	}

	p, err := Lock(ctx, tx, id)
	if err != nil {
		return nil, refusal.IfMissing("process", err)
	}
	if err := may(viewer, p.ID); err != nil {
		return nil, Hide(viewer, err, p)
	}
	return p, nil
}

// processToConfigure locks a process that the viewer administers. Errors: UNAUTHENTICATED; NOT_FOUND; FORBIDDEN.
func (tx *tx) processToConfigure(ctx context.Context, id string) (*ent.Process, error) {
	return LockFor(ctx, tx.Tx, id, MayConfigure)
}

// partToConfigure reads something that belongs to a process which the viewer administers, and locks the process. It
// reads it with again once the process is locked: it may have changed meanwhile.
// Errors: UNAUTHENTICATED; NOT_FOUND on field, also for a process that the viewer may not see, since the input named a
// part of it; FORBIDDEN.
func partToConfigure[T any](ctx context.Context, tx *tx, field, id string, processOf func(T) string,
	read, again func(ctx context.Context, id string) (T, error),
) (T, *ent.Process, error) {
	var none T
	if err := permission.AskSignedIn(auth.ViewerFrom(ctx)); err != nil {
		return none, nil, err
	}

	part, err := read(ctx, id)
	if err != nil {
		return none, nil, refusal.IfMissing(field, err)
	}

	p, err := tx.processToConfigure(ctx, processOf(part))
	switch {
	case refusal.CodeOf(err) == refusal.NotFound:
		return none, nil, refusal.Missing(field)
	case err != nil:
		return none, nil, err
	}

	part, err = again(ctx, id)
	return part, p, refusal.IfMissing(field, err)
}

// Hide is refusal.HideDraft for a process. Those who steer the process may see its draft: they get err as it is.
func Hide(v auth.Viewer, err error, p *ent.Process) error {
	return refusal.HideDraft(err, "process", p.PublishedAt == nil && MaySteer(v, p.ID) != nil)
}

// DraftProcesses returns a query for the drafts of processes that the viewer steers or administers; a site
// administrator finds all drafts.
func (s *Processes) DraftProcesses(v auth.Viewer) *ent.ProcessQuery {
	q := s.public.AllProcesses().Where(process.PublishedAtIsNil())
	if v.SiteAdmin {
		return q
	}
	return q.Where(process.IDIn(Steered(v)...))
}

// Steered returns the ids of the processes whose commitments the viewer may write.
func Steered(v auth.Viewer) []string {
	var mine []string
	for id := range v.Roles {
		if MaySteer(v, id) == nil {
			mine = append(mine, id)
		}
	}
	return mine
}
