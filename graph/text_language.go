package graph

import (
	"context"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/input"
	"ensemble/consultation/message"
	"ensemble/ent"
)

// inLanguage picks the value of an official text: the language asked for, else the request's, else the process's first.
func inLanguage(ctx context.Context, t input.Texts, p *ent.Process, asked *string) string {
	return t[languageOf(ctx, t, p, asked)]
}

// languageOf returns the language in which inLanguage shows a text.
func languageOf(ctx context.Context, t input.Texts, p *ent.Process, asked *string) string {
	if f := feedIn(ctx); f != nil && f.NarrowedFor != nil && !input.Fits(t, p.Languages, f.NarrowedFor) {
		f.TooNarrow.Store(true)
	}
	_, lang := input.InLanguage(t, p.Languages, asked, languages(ctx))
	return lang
}

// ofCommitment returns inLanguage for a text of its current version.
func (r *Resolver) ofCommitment(ctx context.Context, c *ent.Commitment, of func(*ent.Version) input.Texts, asked *string) (string, error) {
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

// ofVersion returns inLanguage for texts that reach their process through a version's commitment.
func (r *Resolver) ofVersion(ctx context.Context, v *ent.Version, t input.Texts, asked *string) (string, error) {
	p, err := r.processOfVersion(ctx, v)
	if err != nil {
		return "", err
	}
	return inLanguage(ctx, t, p, asked), nil
}

func (r *Resolver) processOfVersion(ctx context.Context, v *ent.Version) (*ent.Process, error) {
	c, err := r.commitmentOfVersion(ctx, v)
	if err != nil {
		return nil, err
	}
	return r.processOf(ctx, c)
}

func languages(ctx context.Context) []language.Tag { return auth.LanguagesFrom(ctx) }

// name returns what everybody reads of a person.
func name(ctx context.Context, u *ent.User) string {
	if u.ErasedAt != nil {
		return message.Say(languages(ctx), "Deleted account")
	}
	return u.Name
}
