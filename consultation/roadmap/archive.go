package roadmap

import (
	"ensemble/consultation/change"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commentmention"
	"ensemble/ent/commentvote"
	"ensemble/ent/mention"
	"ensemble/ent/predicate"
	"ensemble/ent/support"
	"ensemble/ent/version"
)

// ArchiveOfTexts returns the parts of an archive with what a person wrote, supported, voted and decided in processes.
func (s *Roadmap) ArchiveOfTexts() []change.ArchivePart {
	return []change.ArchivePart{
		change.Archived("comments.json",
			"id subject_id parent_id organization_id body language alignment"+
				" created_at edited_at deleted_at hidden_at held_at",
			s.Read.Comment.Query, comment.AuthorID),
		change.Archived("mentions.json", "id comment_id created_at",
			s.Read.Mention.Query, mention.UserID),
		change.Archived("comment-mentions.json", "id comment_id nickname",
			s.Read.CommentMention.Query, commentmention.UserID),
		change.Archived("comment-edits.json", "id comment_id body created_at",
			s.Read.CommentEdit.Query, func(userID string) predicate.CommentEdit {
				return commentedit.HasCommentWith(comment.AuthorID(userID))
			}),

		change.Archived("votes.json", "id comment_id value created_at",
			s.Read.CommentVote.Query, commentvote.UserID),
		change.Archived("supports.json",
			"id commitment_id version_id version_number organization_id created_at confirmed_at",
			s.Read.Support.Query, func(userID string) predicate.Support {
				return support.Or(support.UserID(userID), support.SignatoryID(userID))
			}),

		change.Archived("amendments.json",
			"id commitment_id base_id organization_id language title body rationale state decision_reason"+
				" created_at updated_at submitted_at decided_at hidden_at held_at",
			s.Read.Amendment.Query, amendment.AuthorID),
		change.Archived("decisions.json", "id commitment_id state decision_reason decided_at",
			s.Read.Amendment.Query, amendment.DeciderID),

		change.Archived("versions.json",
			"id commitment_id number organization_id source amendment_id title body created_at",
			s.Read.Version.Query, version.AuthorID),
	}
}
