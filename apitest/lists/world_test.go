package lists_test

import (
	"fmt"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/follow"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
	"ensemble/ent/organization"
	"ensemble/ent/support"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/internal/testsite"
)

// lists is a site where rows can be added to any list, with sort keys that several rows share.
type lists struct {
	*testsite.World
	t      *testing.T
	people []*testsite.Person
	n      int // rows added so far
}

// newLists adds some people to a new site.
func newLists(t *testing.T, s *testsite.Logged) *lists {
	w := &lists{World: testsite.NewWorld(t, s.Site), t: t}
	for i := range 12 {
		w.people = append(w.people, w.Person(t, fmt.Sprintf("person-%d", i)))
	}
	return w
}

// next counts the rows; key is a sort key that each row shares with the one before or after it.
func (w *lists) next() (n, key int) {
	w.n++
	return w.n, w.n / 2
}

// at is a moment that rows with the same key share.
func (w *lists) at(key int) time.Time {
	return testsite.Start.Add(time.Duration(key) * time.Microsecond)
}

// process adds a process, public or not.
func (w *lists) process(public bool) string {
	n, key := w.next()
	create := w.Write.Process.Create().
		SetID(w.NewID("process")).
		SetSlug(fmt.Sprintf("process-%d", n)).
		SetReferencePrefix("p").
		SetTitle(input.Texts{"fr": "x"}).
		SetDescription(input.Texts{"fr": "x"}).
		SetLanguages([]string{"fr"}).
		SetHoldsRepeats(false).
		SetCreatedAt(w.at(key)).
		SetUpdatedAt(w.at(key))

	if public {
		create.SetPublishedAt(w.at(key))
	}
	return testsite.Got(create.Save(w.t.Context()))(w.t).ID
}

// publicProcess adds a process with an axis and a phase that allows comments, where steering writes commitments.
func (w *lists) publicProcess() string {
	id := w.process(true)
	testsite.Must(w.t, w.Write.Phase.Create().SetID("phase_"+id).SetProcessID(id).SetPosition(1).
		SetName(input.Texts{"fr": "x"}).
		SetDescription(input.Texts{}).SetOpensAt(testsite.Start).SetComments(true).SetSupports(true).
		Exec(w.t.Context()))
	testsite.Got(w.Write.Axis.Create().SetID("axis_" + id).SetProcessID(id).SetPosition(1).
		SetTitle(input.Texts{"fr": "x"}).SetDescription(input.Texts{}).Save(w.t.Context()))(w.t)
	testsite.Got(w.Write.Role.Create().SetID(w.NewID("role")).SetUserID(w.Steering.ID).
		SetProcessID(id).SetName("STEERING").SetCreatedAt(w.Now()).Save(w.t.Context()))(w.t)
	return id
}

// commitmentIn adds a commitment with its first version.
func (w *lists) commitmentIn(process string, status commitment.Status) string {
	n, key := w.next()
	id, versionID := w.NewID("commitment"), w.NewID("version")
	create := w.Write.Commitment.Create().SetID(id).SetProcessID(process).SetAxisID("axis_" + process).SetNumber(n).
		SetReference(fmt.Sprintf("p-%d", n)).SetStatus(status).SetVersionID(versionID).
		SetVersionNumber(1).SetSearchText("x").
		SetActiveAt(w.at(key)).SetCreatedAt(w.at(key)).SetSupportCount(key).SetCommentCount(key % 3)

	if status != commitment.StatusDRAFT {
		create.SetPublishedAt(w.at(key))
		testsite.Must(w.t, w.Write.Process.UpdateOneID(process).AddCommitmentCount(1).Exec(w.t.Context()))
	}

	testsite.Got(create.Save(w.t.Context()))(w.t)
	w.version(id, versionID, 1)
	return id
}

// version adds a version.
func (w *lists) version(commitment, id string, number int) {
	testsite.Got(w.Write.Version.Create().
		SetID(id).
		SetCommitmentID(commitment).
		SetNumber(number).
		SetTitle(input.Texts{"fr": "x"}).
		SetBody(input.Texts{"fr": "x"}).
		SetAuthorID(w.Steering.ID).
		SetSource(version.SourceEDIT).
		SetCreatedAt(w.Now()).
		Save(w.t.Context()))(w.t)
}

// publicCommitment adds a commitment in a process of its own, without supports and comments.
func (w *lists) publicCommitment() string {
	id := w.publicCommitmentIn(w.publicProcess())
	testsite.Must(w.t, w.Write.Commitment.UpdateOneID(id).SetSupportCount(0).SetCommentCount(0).Exec(w.t.Context()))
	return id
}

// publicCommitmentIn adds an open commitment.
func (w *lists) publicCommitmentIn(process string) string {
	return w.commitmentIn(process, commitment.StatusOPEN)
}

// draftCommitmentIn adds a commitment that is not public.
func (w *lists) draftCommitmentIn(process string) string {
	return w.commitmentIn(process, commitment.StatusDRAFT)
}

// nextVersionOf adds a version and makes it the current one.
func (w *lists) nextVersionOf(commitment string) string {
	c := testsite.Got(w.Write.Commitment.Get(w.t.Context(), commitment))(w.t)
	id := w.NewID("version")
	w.version(commitment, id, c.VersionNumber+1)
	testsite.Got(c.Update().SetVersionID(id).SetVersionNumber(c.VersionNumber + 1).Save(w.t.Context()))(w.t)
	return id
}

// amendmentOn adds an amendment of the current version.
func (w *lists) amendmentOn(commitment string, state amendment.State, author string) string {
	_, key := w.next()
	c := testsite.Got(w.Read.Commitment.Get(w.t.Context(), commitment))(w.t)
	create := w.Write.Amendment.Create().SetID(w.NewID("amendment")).SetCommitmentID(commitment).SetBaseID(c.VersionID).
		SetLanguage("fr").SetTitle("x").SetBody("x").SetAuthorID(author).SetState(state).SetCreatedAt(w.at(key)).
		SetUpdatedAt(w.at(key)).SetCommentCount(key % 3)
	if state != amendment.StateDRAFT {
		create.SetSubmittedAt(w.at(key))
		testsite.Must(w.t, w.Write.Commitment.UpdateOneID(commitment).AddAmendmentCount(1).Exec(w.t.Context()))
	}
	return testsite.Got(create.Save(w.t.Context()))(w.t).ID
}

// submittedOn adds an amendment of Alice's that waits for a decision.
func (w *lists) submittedOn(commitment string) string {
	return w.amendmentOn(commitment, amendment.StateEVALUATING, w.Alice.ID)
}

// draftOfAlice adds a draft on a commitment of its own, since a person has at most one draft on each.
func (w *lists) draftOfAlice(string) string {
	return w.amendmentOn(w.publicCommitment(), amendment.StateDRAFT, w.Alice.ID)
}

// followOfAlice has Alice follow a process of its own.
func (w *lists) followOfAlice(string) string {
	_, key := w.next()
	return testsite.Got(w.Write.Follow.Create().SetID(w.NewID("follow")).SetUserID(w.Alice.ID).
		SetKind(follow.KindPROCESS).SetSubjectID(w.process(true)).SetCreatedAt(w.at(key)).Save(w.t.Context()))(w.t).ID
}

// notificationOfAlice adds a notification about a role in a process of its own.
func (w *lists) notificationOfAlice(string) string {
	_, key := w.next()
	return testsite.Got(w.Write.Notification.Create().
		SetID(w.NewID("notification")).
		SetUserID(w.Alice.ID).
		SetKind(notification.KindROLE).
		SetSubjectID(w.process(true)).
		SetItems([]string{}).
		SetCount(1).
		SetCreatedAt(w.at(key)).
		SetUpdatedAt(w.at(key)).
		Save(w.t.Context()))(w.t).ID
}

// publicAmendment adds an amendment on a commitment of its own, without comments.
func (w *lists) publicAmendment() string {
	id := w.submittedOn(w.publicCommitment())
	testsite.Must(w.t, w.Write.Amendment.UpdateOneID(id).SetCommentCount(0).Exec(w.t.Context()))
	return id
}

// commentOn adds a root comment, and below some of them an answer, which is part of the same thread.
func (w *lists) commentOn(subject string) string {
	n, _ := w.next()
	root := w.comment(subject, nil)
	if n%5 == 0 {
		w.comment(subject, root)
	}
	return root.ID
}

// comment adds a comment and counts it on its subject, a commitment or an amendment: one of the two updates finds it.
func (w *lists) comment(subject string, parent *ent.Comment) *ent.Comment {
	testsite.Got(w.Write.Commitment.Update().Where(commitment.ID(subject)).AddCommentCount(1).Save(w.t.Context()))(w.t)
	testsite.Got(w.Write.Amendment.Update().Where(amendment.ID(subject)).AddCommentCount(1).Save(w.t.Context()))(w.t)

	_, key := w.next()
	id, path, depth := w.NewID("comment"), "", 0
	create := w.Write.Comment.Create().SetSubjectID(subject).SetTopic(subject).SetBody("x").SetLanguage("fr").
		SetAuthorID(w.Alice.ID).SetCreatedAt(w.at(key)).SetScore(key%3 - 1).SetDescendantCount(key % 2)
	if parent != nil {
		path, depth = parent.Path, parent.Depth+1
		create.SetParentID(parent.ID)
	}

	return testsite.Got(create.SetID(id).SetPath(path + id + "/").SetDepth(depth).Save(w.t.Context()))(w.t)
}

// rootComment adds a comment on a commitment of its own.
func (w *lists) rootComment() string { return w.comment(w.publicCommitment(), nil).ID }

// answerTo adds an answer to a comment.
func (w *lists) answerTo(id string) string {
	parent := testsite.Got(w.Read.Comment.Get(w.t.Context(), id))(w.t)
	return w.comment(parent.SubjectID, parent).ID
}

// editOf adds an edit whose text is its own id, since the API answers no id of an edit.
func (w *lists) editOf(comment string) string {
	_, key := w.next()
	id := w.NewID("edit")
	testsite.Got(w.Write.CommentEdit.Create().
		SetID(id).
		SetCommentID(comment).
		SetBody(id).
		SetCreatedAt(w.at(key)).
		Save(w.t.Context()))(w.t)
	return id
}

// supportOf adds a support of the first person who does not support the commitment yet.
func (w *lists) supportOf(commitment string) string {
	_, key := w.next()
	c := testsite.Got(w.Write.Commitment.Get(w.t.Context(), commitment))(w.t)
	taken := map[string]bool{}
	given := testsite.Got(w.Read.Support.Query().Where(support.CommitmentID(commitment)).All(w.t.Context()))(w.t)
	for _, s := range given {
		taken[*s.UserID] = true
	}

	testsite.Must(w.t, c.Update().AddSupportCount(1).Exec(w.t.Context()))

	create := w.Write.Support.Create().SetID(w.NewID("support")).SetCommitmentID(commitment).
		SetVersionID(c.VersionID).SetVersionNumber(1).SetUserID(w.somebody(taken)).SetCreatedAt(w.at(key))
	return testsite.Got(create.Save(w.t.Context()))(w.t).ID
}

// somebody is the first person who is not taken.
func (w *lists) somebody(taken map[string]bool) string {
	for _, p := range append([]*testsite.Person{w.Alice}, w.people...) {
		if !taken[p.ID] {
			return p.ID
		}
	}
	w.t.Fatal("everybody is taken")
	return ""
}

// organization adds an organization that nobody has verified, whose name sorts apart from the order of creation.
func (w *lists) organization(string) string {
	n, key := w.next()
	return testsite.Got(w.Write.Organization.Create().
		SetID(w.NewID("organization")).
		SetName("x").
		SetSearchName(fmt.Sprintf("organization %c%d", 'z'-n%20, n)).
		SetKind(organization.KindOTHER).
		SetCreatedAt(w.at(key)).
		Save(w.t.Context()))(w.t).ID
}

// hit adds a comment or an organization that a search finds; the search sorts organizations first.
func (w *lists) hit(string) string {
	n, _ := w.next()
	var id string
	if n%3 == 0 {
		id = w.organization("")
		testsite.Must(w.t, w.Write.Organization.UpdateOneID(id).SetName("Licorne").Exec(w.t.Context()))
	} else {
		id = w.rootComment()
		testsite.Must(w.t, w.Write.Comment.UpdateOneID(id).SetBody("Une licorne.").Exec(w.t.Context()))
	}

	testsite.Must(w.t, w.FillSearch(w.t.Context()))
	return id
}

// membershipIn adds the first person who is not a member yet; Alice is the first of all.
func (w *lists) membershipIn(organization string) string {
	_, key := w.next()
	taken := map[string]bool{}
	members := w.Read.Membership.Query().Where(membership.OrganizationID(organization))
	for _, m := range testsite.Got(members.All(w.t.Context()))(w.t) {
		taken[m.UserID] = true
	}

	return testsite.Got(w.Write.Membership.Create().
		SetID(w.NewID("membership")).
		SetOrganizationID(organization).
		SetUserID(w.somebody(taken)).
		SetRole(membership.RoleMEMBER).
		SetCreatedAt(w.at(key)).
		Save(w.t.Context()))(w.t).ID
}

// territoryIn adds a territory. Half of the territories have the code of another one, of another kind.
func (w *lists) territoryIn(parent string) string {
	n, key := w.next()
	id := w.NewID("territory")
	kind := []territory.Kind{territory.KindDEPARTMENT, territory.KindINTERCOMMUNALITY}[n%2]
	create := w.Write.Territory.Create().
		SetID(id).
		SetKind(kind).
		SetCode(fmt.Sprintf("X%03d", key)).
		SetName("x").
		SetSearchName("x")

	if parent != "" {
		create.SetParentID(parent)
	}
	return testsite.Got(create.SetPath(parent + "/" + id + "/").Save(w.t.Context()))(w.t).ID
}

// verifiedOrganization adds an organization that is verified and has signed nothing yet.
func (w *lists) verifiedOrganization() string {
	id := w.organization("")
	testsite.Must(w.t, w.Write.Organization.UpdateOneID(id).SetVerifiedAt(w.Now()).Exec(w.t.Context()))
	return id
}

// commentOf adds a comment that is signed for an organization, on a commitment of its own.
func (w *lists) commentOf(organization string) string {
	id := w.rootComment()
	testsite.Got(w.Store.Write.ExecContext(w.t.Context(),
		"UPDATE comments SET organization_id = $1 WHERE id = $2", organization, id))(w.t)
	return id
}

// amendmentOf adds an amendment that is signed for an organization, on a commitment of its own.
func (w *lists) amendmentOf(organization string) string {
	id := w.publicAmendment()
	testsite.Must(w.t, w.Write.Amendment.UpdateOneID(id).SetOrganizationID(organization).Exec(w.t.Context()))
	return id
}

// supportBy adds an organization's support of a commitment of its own.
func (w *lists) supportBy(organization string) string {
	_, key := w.next()
	c := testsite.Got(w.Write.Commitment.Get(w.t.Context(), w.publicCommitment()))(w.t)
	testsite.Must(w.t, c.Update().AddSupportCount(1).Exec(w.t.Context()))

	return testsite.Got(w.Write.Support.Create().
		SetID(w.NewID("support")).
		SetCommitmentID(c.ID).
		SetVersionID(c.VersionID).
		SetVersionNumber(1).
		SetOrganizationID(organization).
		SetSignatoryID(w.Alice.ID).
		SetCreatedAt(w.at(key)).
		Save(w.t.Context()))(w.t).ID
}

// organizationOfAlice adds an organization that Alice owns.
func (w *lists) organizationOfAlice() string {
	id := w.organization("")
	testsite.Must(w.t, w.Write.Membership.Create().SetID(w.NewID("membership")).
		SetOrganizationID(id).SetUserID(w.Alice.ID).
		SetRole(membership.RoleOWNER).SetCreatedAt(w.Now()).Exec(w.t.Context()))
	return id
}

// invitationTo adds an invitation to join an organization, sent to an address.
func (w *lists) invitationTo(organization string) string {
	n, _ := w.next()
	return w.invitation(organization).SetEmail(fmt.Sprintf("p%d@example.org", n)).SaveX(w.t.Context()).ID
}

// invitationOfAlice adds an invitation of Alice to an organization of its own.
func (w *lists) invitationOfAlice(string) string {
	return w.invitation(w.organization("")).SetUserID(w.Alice.ID).SaveX(w.t.Context()).ID
}

// invitation begins an invitation to join an organization: it has no invitee yet.
func (w *lists) invitation(organization string) *ent.InvitationCreate {
	n, key := w.next()
	return w.Write.Invitation.Create().
		SetID(w.NewID("invitation")).
		SetOrganizationID(organization).
		SetRole("MEMBER").
		SetTokenHash(fmt.Appendf(nil, "%032d", n)).
		SetInviterID(w.Admin.ID).
		SetCreatedAt(w.at(key)).
		SetExpiresAt(w.Now().Add(time.Hour))
}

// auditEntry adds an entry of an act that only tests have.
func (w *lists) auditEntry(string) string {
	_, key := w.next()
	return w.Write.AuditEntry.Create().SetID(w.NewID("audit")).SetAct("test").
		SetSubjectID(w.Process.ID).SetCreatedAt(w.at(key)).SaveX(w.t.Context()).ID
}
