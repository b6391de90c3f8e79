package bulk

import (
	"ensemble/consultation/text/clean"
	"ensemble/ent"
)

// The functions here copy a row, column by column, into the builder that inserts it. A test names the columns that they
// leave out.

func setUser(c *ent.UserCreate, u *ent.User) {
	c.SetID(u.ID).SetName(u.Name).SetNillableNickname(u.Nickname).SetNillableNicknameLook(u.NicknameLook).
		SetNillableEmail(u.Email).SetLanguage(u.Language).
		SetSiteAdmin(u.SiteAdmin).SetNillableEmailConfirmedAt(u.EmailConfirmedAt).SetNillableConfirmBy(u.ConfirmBy).
		SetTermsVersion(u.TermsVersion).SetNillableTermsAcceptedAt(u.TermsAcceptedAt).SetNillableErasedAt(u.ErasedAt).
		SetCreatedAt(u.CreatedAt)
	if u.PasswordHash != "" {
		c.SetPasswordHash(u.PasswordHash)
	}
}

func setOrganization(c *ent.OrganizationCreate, o *ent.Organization) {
	c.SetID(o.ID).SetName(o.Name).SetSearchName(o.SearchName).SetLooks(clean.Skeleton(o.Name)).SetKind(o.Kind).
		SetNillableTerritoryID(o.TerritoryID).SetNillableVerifiedAt(o.VerifiedAt).SetCreatedAt(o.CreatedAt)
}

func setMembership(c *ent.MembershipCreate, m *ent.Membership) {
	c.SetID(m.ID).SetOrganizationID(m.OrganizationID).SetUserID(m.UserID).SetRole(m.Role).SetCreatedAt(m.CreatedAt)
}

func setProcess(c *ent.ProcessCreate, p *ent.Process) {
	c.SetID(p.ID).SetSlug(p.Slug).SetTitle(p.Title).SetDescription(p.Description).SetLanguages(p.Languages).
		SetReferencePrefix(p.ReferencePrefix).SetCommentMaxLength(p.CommentMaxLength).
		SetEvaluatingLimit(p.EvaluatingLimit).
		SetReportsToHide(p.ReportsToHide).SetLinkLimit(p.LinkLimit).SetHoldsRepeats(p.HoldsRepeats).
		SetPreModeration(p.PreModeration).
		SetNillablePublishedAt(p.PublishedAt).SetLastNumber(p.LastNumber).SetCommitmentCount(p.CommitmentCount).
		SetCreatedAt(p.CreatedAt).SetUpdatedAt(p.UpdatedAt)
	if p.HeldWords != nil {
		c.SetHeldWords(p.HeldWords)
	}
}

func setRole(c *ent.RoleCreate, r *ent.Role) {
	c.SetID(r.ID).SetUserID(r.UserID).SetProcessID(r.ProcessID).SetName(r.Name).SetCreatedAt(r.CreatedAt)
}

func setPhase(c *ent.PhaseCreate, f *ent.Phase) {
	c.SetID(f.ID).SetProcessID(f.ProcessID).SetPosition(f.Position).SetName(f.Name).SetDescription(f.Description).
		SetOpensAt(f.OpensAt).SetNillableClosesAt(f.ClosesAt).SetComments(f.Comments).SetSupports(f.Supports).
		SetAmendmentSubmission(f.AmendmentSubmission).SetAmendmentDecision(f.AmendmentDecision).
		SetAmendmentPromotion(f.AmendmentPromotion).SetAnnounced(f.Announced)
}

func setAxis(c *ent.AxisCreate, a *ent.Axis) {
	c.SetID(a.ID).SetProcessID(a.ProcessID).SetPosition(a.Position).SetTitle(a.Title).SetDescription(a.Description)
}

func setCommitment(c *ent.CommitmentCreate, m *ent.Commitment) {
	c.SetID(m.ID).SetProcessID(m.ProcessID).SetAxisID(m.AxisID).SetNumber(m.Number).SetReference(m.Reference).
		SetStatus(m.Status).SetVersionID(m.VersionID).SetVersionNumber(m.VersionNumber).SetSearchText(m.SearchText).
		SetNillablePublishedAt(m.PublishedAt).SetActiveAt(m.ActiveAt).SetCreatedAt(m.CreatedAt).
		SetAmendmentCount(m.AmendmentCount).SetCommentCount(m.CommentCount).SetForCount(m.ForCount).
		SetAgainstCount(m.AgainstCount).SetNeutralCount(m.NeutralCount).SetSupportCount(m.SupportCount).
		SetEarlierSupportCount(m.EarlierSupportCount).AddTerritories(m.Edges.Territories...)
}

func setVersion(c *ent.VersionCreate, v *ent.Version) {
	c.SetID(v.ID).SetCommitmentID(v.CommitmentID).SetNumber(v.Number).SetTitle(v.Title).SetBody(v.Body).
		SetAuthorID(v.AuthorID).SetNillableOrganizationID(v.OrganizationID).SetSource(v.Source).
		SetNillableAmendmentID(v.AmendmentID).SetCreatedAt(v.CreatedAt)
	if v.Number > 1 {
		c.SetBehind(v.Behind)
	}
}

func setAmendment(c *ent.AmendmentCreate, a *ent.Amendment) {
	c.SetID(a.ID).SetCommitmentID(a.CommitmentID).SetBaseID(a.BaseID).SetLanguage(a.Language).SetTitle(a.Title).
		SetBody(a.Body).SetRationale(a.Rationale).SetAuthorID(a.AuthorID).SetNillableOrganizationID(a.OrganizationID).
		SetState(a.State).SetMergeState(a.MergeState).SetMergeChecked(a.MergeChecked).SetMergeDue(a.MergeDue).
		SetNillableDeciderID(a.DeciderID).SetDecisionReason(a.DecisionReason).SetNillableDecidedAt(a.DecidedAt).
		SetNillableSubmittedAt(a.SubmittedAt).
		SetCreatedAt(a.CreatedAt).SetUpdatedAt(a.UpdatedAt).SetCommentCount(a.CommentCount).SetForCount(a.ForCount).
		SetAgainstCount(a.AgainstCount).SetNeutralCount(a.NeutralCount).SetNillableHiddenAt(a.HiddenAt).
		SetNillableHeldAt(a.HeldAt)
}

func setComment(c *ent.CommentCreate, m *ent.Comment) {
	c.SetID(m.ID).SetSubjectID(m.SubjectID).SetTopic(m.Topic).SetNillableParentID(m.ParentID).SetDepth(m.Depth).
		SetPath(m.Path).SetBody(m.Body).SetLanguage(m.Language).
		SetNillableAlignment(m.Alignment).SetAuthorID(m.AuthorID).
		SetNillableOrganizationID(m.OrganizationID).SetUpCount(m.UpCount).SetDownCount(m.DownCount).SetScore(m.Score).
		SetReplyCount(m.ReplyCount).SetDescendantCount(m.DescendantCount).SetNillableEditedAt(m.EditedAt).
		SetNillableDeletedAt(m.DeletedAt).SetNillableHiddenAt(m.HiddenAt).
		SetNillableHeldAt(m.HeldAt).SetMentionsBound(m.MentionsBound).SetCreatedAt(m.CreatedAt)
}

func setMention(c *ent.CommentMentionCreate, m *ent.CommentMention) {
	c.SetID(m.ID).SetCommentID(m.CommentID).SetNickname(m.Nickname).SetUserID(m.UserID)
}

func setEdit(c *ent.CommentEditCreate, e *ent.CommentEdit) {
	c.SetID(e.ID).SetCommentID(e.CommentID).SetBody(e.Body).SetCreatedAt(e.CreatedAt)
}

func setVote(c *ent.CommentVoteCreate, v *ent.CommentVote) {
	c.SetID(v.ID).SetCommentID(v.CommentID).SetUserID(v.UserID).SetValue(v.Value).SetCreatedAt(v.CreatedAt)
}

func setSupport(c *ent.SupportCreate, s *ent.Support) {
	c.SetID(s.ID).SetCommitmentID(s.CommitmentID).SetVersionID(s.VersionID).SetVersionNumber(s.VersionNumber).
		SetNillableUserID(s.UserID).SetNillableOrganizationID(s.OrganizationID).SetNillableSignatoryID(s.SignatoryID).
		SetCreatedAt(s.CreatedAt).SetNillableConfirmedAt(s.ConfirmedAt)
}

func setCase(c *ent.ModerationCaseCreate, k *ent.ModerationCase) {
	c.SetID(k.ID).SetItemID(k.ItemID).SetKind(k.Kind).SetProcessID(k.ProcessID).SetAuthorID(k.AuthorID).
		SetState(k.State).SetRemoved(k.Removed).SetReportCount(k.ReportCount).SetConfirmedCount(k.ConfirmedCount).
		SetDecisionCount(k.DecisionCount).SetOpenedAt(k.OpenedAt).
		SetNillableDecidedAt(k.DecidedAt).SetCreatedAt(k.CreatedAt)
	if k.HeldFor != nil {
		c.SetHeldFor(k.HeldFor)
	}
}

func setReport(c *ent.ReportCreate, r *ent.Report) {
	c.SetID(r.ID).SetCaseID(r.CaseID).SetItemID(r.ItemID).SetKind(r.Kind).SetProcessID(r.ProcessID).
		SetReporterID(r.ReporterID).SetReason(r.Reason).SetText(r.Text).SetGoodFaith(r.GoodFaith).
		SetNillableOutcome(r.Outcome).SetNillableModerationID(r.ModerationID).SetNillableDecidedAt(r.DecidedAt).
		SetCreatedAt(r.CreatedAt).SetUpdatedAt(r.UpdatedAt)
}

func setModeration(c *ent.ModerationCreate, m *ent.Moderation) {
	c.SetID(m.ID).SetItemID(m.ItemID).SetKind(m.Kind).SetProcessID(m.ProcessID).SetAction(m.Action).
		SetNillableReason(m.Reason).SetFacts(m.Facts).
		SetGround(m.Ground).SetAutomated(m.Automated).SetNillableDeciderID(m.DeciderID).SetCreatedAt(m.CreatedAt)
}

func setAudit(c *ent.AuditEntryCreate, e *ent.AuditEntry) {
	c.SetID(e.ID).SetAct(e.Act).SetNillableActorID(e.ActorID).SetSubjectID(e.SubjectID).
		SetNillableProcessID(e.ProcessID).SetReason(e.Reason).SetDetails(e.Details).SetCreatedAt(e.CreatedAt)
}
