package graph

import (
	"context"

	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/relay"
)

func (r *versionResolver) Commitment(ctx context.Context, obj *ent.Version) (*ent.Commitment, error) {
	return r.commitmentOfVersion(ctx, obj)
}

func (r *versionResolver) IsCurrent(ctx context.Context, obj *ent.Version) (bool, error) {
	c, err := r.commitmentOfVersion(ctx, obj)
	return err == nil && c.VersionID == obj.ID, err
}

func (r *versionResolver) Title(ctx context.Context, obj *ent.Version, language *string) (string, error) {
	return r.ofVersion(ctx, obj, obj.Title, language)
}

func (r *versionResolver) Body(ctx context.Context, obj *ent.Version, language *string) (string, error) {
	return r.ofVersion(ctx, obj, obj.Body, language)
}

func (r *versionResolver) BodyHTML(ctx context.Context, obj *ent.Version, language *string) (string, error) {
	body, err := r.ofVersion(ctx, obj, obj.Body, language)
	return text.OfficialHTML(body), err
}

func (r *versionResolver) Languages(ctx context.Context, obj *ent.Version) ([]string, error) {
	return public.Languages(obj), nil
}

func (r *versionResolver) Author(ctx context.Context, obj *ent.Version) (relay.Actor, error) {
	return actorOf(ctx, r.nodes(), obj, "author", func(v *ent.Version) string { return public.Face(v.AuthorID, v.OrganizationID) })
}

func (r *versionResolver) Amendment(ctx context.Context, obj *ent.Version) (*ent.Amendment, error) {
	return batch.One(ctx, obj, "amendment", func(v *ent.Version) string { return value(v.AmendmentID) }, r.nodes().Amendments)
}

func (r *versionResolver) Diff(ctx context.Context, obj *ent.Version, since *int, language *string) (*roadmap.TextDiff, error) {
	return r.diffOf(ctx, obj, since, language)
}

func (r *Resolver) Version() generated.VersionResolver { return &versionResolver{r} }

type versionResolver struct{ *Resolver }
