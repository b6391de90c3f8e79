package roadmap

import (
	"context"
	"slices"

	"ensemble/consultation/public"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/commentmention"
	"ensemble/ent/user"
)

// bindMentions remembers whom the nicknames of a comment name: those who bear them now, when it is written. It leaves
// out the nicknames that were in the text before: they name whom they named then, or nobody. The comment is new, or its
// thread is locked.
func (tx *tx) bindMentions(ctx context.Context, m *ent.Comment, before string) error {
	earlier := markdown.Mentions(before)
	added := slices.DeleteFunc(public.FirstMentions(m.Body), func(n string) bool { return slices.Contains(earlier, n) })
	if len(added) == 0 {
		return nil
	}

	bearers, err := tx.User.Query().Where(user.NicknameIn(added...)).All(ctx)
	if err != nil {
		return err
	}
	return tx.mention(ctx, m, bearers)
}

// mention remembers that a comment names each of these people by the nickname that they bear. A nickname that is bound
// already still names whom it named, also when it was taken out of the text and comes back.
func (tx *tx) mention(ctx context.Context, m *ent.Comment, people []*ent.User) error {
	bound, err := tx.CommentMention.Query().Where(commentmention.CommentID(m.ID)).
		Select(commentmention.FieldNickname).Strings(ctx)
	if err != nil {
		return err
	}

	var rows []*ent.CommentMentionCreate
	for _, u := range people {
		if !slices.Contains(bound, *u.Nickname) {
			rows = append(rows, tx.CommentMention.Create().SetID(m.ID+"@"+*u.Nickname).SetCommentID(m.ID).
				SetNickname(*u.Nickname).SetUserID(u.ID))
		}
	}
	return tx.CommentMention.CreateBulk(rows...).Exec(ctx)
}
