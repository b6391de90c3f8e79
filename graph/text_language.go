package graph

import (
	"context"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/input"
	"ensemble/consultation/message"
	"ensemble/ent"
)

// inLanguage returns an official text in the language asked for, else in the first of the request's languages that it
// exists in, else in the first of its process's: see input.InLanguage.
func inLanguage(ctx context.Context, t input.Texts, p *ent.Process, asked *string) string {
	return t[languageOf(ctx, t, p, asked)]
}

// languageOf returns the language in which inLanguage returns a text. In a subscription that is executed for readers of
// different languages, it notes when their languages were narrowed too far for this text: see Feed.Narrowing.
func languageOf(ctx context.Context, t input.Texts, p *ent.Process, asked *string) string {
	if f := feedIn(ctx); f != nil && !f.Narrowing.Fits(t, p.Languages) {
		f.Unfit.Store(&t)
	}

	_, lang := input.InLanguage(t, p.Languages, asked, languages(ctx))
	return lang
}

// ofCommitment returns a text of a commitment's current version, as inLanguage does. of picks the title or the body.
func (r *Resolver) ofCommitment(
	ctx context.Context, c *ent.Commitment, of func(*ent.Version) input.Texts, asked *string,
) (string, error) {
	v, err := r.currentVersion(ctx, c)
	if err != nil {
		return "", err
	}

	p, err := r.processOf(ctx, c)
	if err != nil {
		return "", err
	}

	return inLanguage(ctx, of(v), p, asked), nil
}

// ofVersion returns t, a text of a version, as inLanguage does.
func (r *Resolver) ofVersion(ctx context.Context, v *ent.Version, t input.Texts, asked *string) (string, error) {
	p, err := r.processOfVersion(ctx, v)
	if err != nil {
		return "", err
	}
	return inLanguage(ctx, t, p, asked), nil
}

// processOfVersion returns the process of a version's commitment.
func (r *Resolver) processOfVersion(ctx context.Context, v *ent.Version) (*ent.Process, error) {
	c, err := r.commitmentOfVersion(ctx, v)
	if err != nil {
		return nil, err
	}
	return r.processOf(ctx, c)
}

// languages returns the languages of the request, the preferred one first.
func languages(ctx context.Context) []language.Tag { return auth.LanguagesFrom(ctx) }

// name returns a person's name as everybody reads it; an erased account has none any more.
func name(ctx context.Context, u *ent.User) string {
	if u.ErasedAt != nil {
		return message.Say(languages(ctx), "Deleted account")
	}
	return u.Name
}
