package consultation

import (
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commentvote"
	"ensemble/ent/mention"
	"ensemble/ent/predicate"
	"ensemble/ent/role"
	"ensemble/ent/support"
	"ensemble/ent/version"
)

// archiveOfRoles is what somebody is trusted with in processes.
func (s *Service) archiveOfRoles() []archivePart {
	return []archivePart{
		archived("roles.json", "id process_id name created_at",
			s.Read.Role.Query, role.UserID),
	}
}

// archiveOfTexts is what somebody wrote, gave, voted and decided on roadmaps.
func (s *Service) archiveOfTexts() []archivePart {
	return []archivePart{
		archived("comments.json", "id subject_id parent_id organization_id body language alignment created_at edited_at deleted_at hidden_at held_at",
			s.Read.Comment.Query, comment.AuthorID),
		archived("mentions.json", "id comment_id created_at",
			s.Read.Mention.Query, mention.UserID),
		archived("comment-edits.json", "id comment_id body created_at", s.Read.CommentEdit.Query, func(userID string) predicate.CommentEdit {
			return commentedit.HasCommentWith(comment.AuthorID(userID))
		}),
		archived("votes.json", "id comment_id value created_at",
			s.Read.CommentVote.Query, commentvote.UserID),
		archived("supports.json", "id commitment_id version_id version_number organization_id created_at confirmed_at", s.Read.Support.Query, func(userID string) predicate.Support {
			return support.Or(support.UserID(userID), support.SignatoryID(userID))
		}),
		archived("amendments.json", "id commitment_id base_id organization_id language title body rationale state decision_reason created_at updated_at submitted_at decided_at hidden_at held_at",
			s.Read.Amendment.Query, amendment.AuthorID),
		archived("decisions.json", "id commitment_id state decision_reason decided_at",
			s.Read.Amendment.Query, amendment.DeciderID),
		archived("versions.json", "id commitment_id number organization_id source amendment_id title body created_at",
			s.Read.Version.Query, version.AuthorID),
	}
}
