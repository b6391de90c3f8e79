package consultation

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/amendment"
	"ensemble/ent/appeal"
	"ensemble/ent/auditentry"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commentvote"
	"ensemble/ent/follow"
	"ensemble/ent/identity"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
	"ensemble/ent/mention"
	"ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
	"ensemble/ent/predicate"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/ent/session"
	"ensemble/ent/support"
	"ensemble/ent/version"
)

// exportBatch is how many rows are in memory at once.
const exportBatch = 500

// exported is a part of the archive: a file, which of the rows' columns it shows, and the rows after an id, in the order of
// ids.
type exported struct {
	file    string
	columns string
	rows    func(s *Service, ctx context.Context, userID, after string) ([]node, error)
}

// exports are all that is kept of a person, but what would open their account (passwords and tokens are kept as hashes) and
// what would tell of others.
var exports = []exported{
	{"account.json", "id name nickname email email_confirmed_at language site_admin terms_version terms_accepted_at confirm_by created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.profile(ctx, userID, after))
		}},
	{"sessions.json", "id device created_at used_at expires_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Session.Query().Where(session.UserID(userID), session.IDGT(after)).
				Order(session.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"access-tokens.json", "id name scopes created_at used_at expires_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.AccessToken.Query().Where(accesstoken.UserID(userID), accesstoken.IDGT(after)).
				Order(accesstoken.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"identities.json", "id issuer subject created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			rows, err := s.Read.Identity.Query().Where(identity.UserID(userID), identity.IDGT(after)).
				Order(identity.ByID()).Limit(exportBatch).All(ctx)
			return nodes(withSubjects(rows), err)
		}},
	{"roles.json", "id process_id name created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Role.Query().Where(role.UserID(userID), role.IDGT(after)).
				Order(role.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"memberships.json", "id organization_id role created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Membership.Query().Where(membership.UserID(userID), membership.IDGT(after)).
				Order(membership.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"invitations.json", "id organization_id role state created_at expires_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Invitation.Query().Where(invitationsFor(auth.ViewerFrom(ctx)), invitation.IDGT(after)).
				Order(invitation.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"invitations-by-me.json", "id organization_id role state created_at expires_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Invitation.Query().Where(invitation.InviterID(userID), invitation.IDGT(after)).
				Order(invitation.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"follows.json", "id kind subject_id active created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Follow.Query().Where(follow.UserID(userID), follow.IDGT(after)).
				Order(follow.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"notifications.json", "id kind subject_id items count created_at updated_at read_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Notification.Query().Where(notification.UserID(userID), notification.IDGT(after)).
				Order(notification.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"notification-settings.json", "muted follows_automatically digest digest_at digest_since mails_mentions mentions_at mentions_since",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.NotificationSettings.Query().Where(notificationsettings.ID(userID), notificationsettings.IDGT(after)).
				Limit(1).All(ctx))
		}},
	{"comments.json", "id subject_id parent_id organization_id body language alignment created_at edited_at deleted_at hidden_at held_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Comment.Query().Where(comment.AuthorID(userID), comment.IDGT(after)).
				Order(comment.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"mentions.json", "id comment_id created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Mention.Query().Where(mention.UserID(userID), mention.IDGT(after)).
				Order(mention.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"comment-edits.json", "id comment_id body created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.CommentEdit.Query().Where(commentedit.HasCommentWith(comment.AuthorID(userID)), commentedit.IDGT(after)).
				Order(commentedit.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"votes.json", "id comment_id value created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.CommentVote.Query().Where(commentvote.UserID(userID), commentvote.IDGT(after)).
				Order(commentvote.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"supports.json", "id commitment_id version_id version_number organization_id created_at confirmed_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Support.Query().Where(support.Or(support.UserID(userID), support.SignatoryID(userID)), support.IDGT(after)).
				Order(support.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"amendments.json", "id commitment_id base_id organization_id language title body rationale state decision_reason created_at updated_at submitted_at decided_at hidden_at held_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Amendment.Query().Where(amendment.AuthorID(userID), amendment.IDGT(after)).
				Order(amendment.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"decisions.json", "id commitment_id state decision_reason decided_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Amendment.Query().Where(amendment.DeciderID(userID), amendment.IDGT(after)).
				Order(amendment.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"versions.json", "id commitment_id number organization_id source amendment_id title body created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Version.Query().Where(version.AuthorID(userID), version.IDGT(after)).
				Order(version.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"reports.json", "id item_id kind process_id reason text good_faith outcome moderation_id created_at updated_at decided_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Report.Query().Where(report.ReporterID(userID), report.IDGT(after)).
				Order(report.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"appeals.json", "id moderation_id item_id process_id text state statement created_at decided_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Appeal.Query().Where(appeal.AuthorID(userID), appeal.IDGT(after)).
				Order(appeal.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"moderation-cases.json", "id item_id kind process_id state removed held_for opened_at decided_at created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.ModerationCase.Query().Where(moderationcase.AuthorID(userID), moderationcase.IDGT(after)).
				Order(moderationcase.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"moderation-of-mine.json", "id item_id kind process_id action reason facts ground automated created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Moderation.Query().Where(onItemsOf(userID), moderation.IDGT(after)).
				Order(moderation.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"moderation-by-me.json", "id item_id kind process_id action reason facts ground automated created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Moderation.Query().Where(moderation.DeciderID(userID), moderation.IDGT(after)).
				Order(moderation.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"appeals-decided.json", "id moderation_id item_id process_id state statement decided_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.Appeal.Query().Where(appeal.DeciderID(userID), appeal.IDGT(after)).
				Order(appeal.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"audit-of-me.json", "id act process_id created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.AuditEntry.Query().Where(auditentry.SubjectID(userID), auditentry.IDGT(after)).
				Order(auditentry.ByID()).Limit(exportBatch).All(ctx))
		}},
	{"audit-by-me.json", "id act process_id created_at",
		func(s *Service, ctx context.Context, userID, after string) ([]node, error) {
			return nodes(s.Read.AuditEntry.Query().Where(auditentry.ActorID(userID), auditentry.IDGT(after)).
				Order(auditentry.ByID()).Limit(exportBatch).All(ctx))
		}},
}

// onItemsOf matches decisions about what somebody wrote.
func onItemsOf(author string) predicate.Moderation {
	return func(s *sql.Selector) {
		items := sql.Dialect(s.Dialect()).Select(moderationcase.FieldItemID).From(sql.Table(moderationcase.Table)).
			Where(sql.EQ(moderationcase.FieldAuthorID, author))
		s.Where(sql.In(s.C(moderation.FieldItemID), items))
	}
}

func nodes[T node](rows []T, err error) ([]node, error) {
	all := make([]node, len(rows))
	for i, row := range rows {
		all[i] = row
	}
	return all, err
}

// profile is an account with what is kept from everybody else.
type profile struct {
	*ent.User
	Email *string `json:"email"`
}

func (s *Service) profile(ctx context.Context, userID, after string) ([]profile, error) {
	if after != "" {
		return nil, nil
	}
	u, err := s.Read.User.Get(ctx, userID)
	if err != nil {
		return nil, err
	}
	return []profile{{u, u.Email}}, nil
}

// subjected is an identity with what a provider calls the person.
type subjected struct {
	*ent.Identity
	Subject string `json:"subject"`
}

func withSubjects(rows []*ent.Identity) []subjected {
	all := make([]subjected, len(rows))
	for i, row := range rows {
		all[i] = subjected{row, row.Subject}
	}
	return all
}

// ExportAccount begins to write all that is kept of the viewer to w, as a ZIP archive of JSON files; nothing of it is
// held in memory but a few rows. An error in the middle leaves an archive that cannot be opened.
func (s *Service) ExportAccount(ctx context.Context, w io.Writer) error {
	viewer := auth.ViewerFrom(ctx)
	if err := s.MayExport(ctx); err != nil {
		return err
	}
	err := s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.audit(ctx, privileged{act: "exportAccount", subject: viewer.UserID})
	})
	if err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	for _, part := range exports {
		if err := s.exportPart(ctx, archive, part, viewer.UserID); err != nil {
			return fmt.Errorf("export %s: %w", part.file, err)
		}
	}
	if err := s.exportNote(archive, viewer); err != nil {
		return err
	}
	return archive.Close()
}

// MayExport says whether there is somebody whose data can be exported.
func (s *Service) MayExport(ctx context.Context) error {
	return permit(auth.ViewerFrom(ctx), "exportAccount", about{})
}

// exportPart writes a file: a list of objects.
func (s *Service) exportPart(ctx context.Context, archive *zip.Writer, part exported, userID string) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: part.file, Method: zip.Deflate, Modified: s.now()})
	if err != nil {
		return err
	}
	before, after := "[", ""
	for more := true; more; {
		rows, err := part.rows(s, ctx, userID, after)
		if err != nil {
			return err
		}
		for _, row := range rows {
			raw, err := columnsOf(row, strings.Fields(part.columns))
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(file, "%s\n  %s", before, raw); err != nil {
				return err
			}
			before, after = ",", row.NodeID()
		}
		more = len(rows) == exportBatch
	}
	end := "\n]\n"
	if before == "[" {
		end = "[]\n"
	}
	_, err = io.WriteString(file, end)
	return err
}

// columnsOf is a row as JSON with these columns, in their order, as they are stored; null is what is empty there.
func columnsOf(row any, columns []string) ([]byte, error) {
	all := reflect.Indirect(reflect.ValueOf(row))
	stored := map[string]reflect.Value{}
	for _, field := range reflect.VisibleFields(all.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		stored[name] = all.FieldByIndex(field.Index)
	}
	b := []byte("{")
	for i, column := range columns {
		if i > 0 {
			b = append(b, ", "...)
		}
		value, there := stored[column]
		if !there {
			return nil, fmt.Errorf("%T has no column %s that may be shown", row, column)
		}
		raw, err := json.Marshal(value.Interface())
		if err != nil {
			return nil, err
		}
		b = append(append(b, strconv.Quote(column)+": "...), raw...)
	}
	return append(b, '}'), nil
}

// exportNote says what the archive is, in the person's language.
func (s *Service) exportNote(archive *zip.Writer, viewer auth.Viewer) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: "README.txt", Method: zip.Deflate, Modified: s.now()})
	if err != nil {
		return err
	}
	reader := []language.Tag{language.Make(viewer.Language)}
	_, err = io.WriteString(file, Say(reader, "All that this site keeps of you, as JSON. Passwords and tokens are kept as hashes, which nobody can read, and are left out.")+"\n")
	return err
}
