package demo

import (
	"fmt"
	"slices"

	"ensemble/consultation/processes"
	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/ent/process"
	"ensemble/live"
)

// When the process is prepared and made public: before its first phase opens.
const (
	preparedDays  = 212
	publishedDays = 211
)

func (s *story) planProcess(in sampleProcess, people []samplePerson) {
	s.plan(s.ago(preparedDays), "create the process", func() error {
		s.createProcess(in)
		s.grantRoles(people)
		return nil
	})

	s.plan(s.ago(publishedDays), "publish the process", s.publishProcess)

	for i, f := range in.Phases {
		s.plan(s.ago(-f.OpensAtDays), fmt.Sprintf("open phase %d", i+1), func() error {
			s.announce(s.rows.Phases[i], phase.AnnouncedOPENED, live.PhaseOpened)
			return nil
		})

		if f.ClosesAtDays == nil {
			continue
		}

		s.plan(s.ago(-*f.ClosesAtDays), fmt.Sprintf("close phase %d", i+1), func() error {
			s.announce(s.rows.Phases[i], phase.AnnouncedCLOSED, live.PhaseClosed)
			return nil
		})
	}
}

func (s *story) createProcess(in sampleProcess) {
	s.process = &ent.Process{
		ID: s.newID("process"), Slug: in.Slug, Title: in.Title, Description: in.Description, Languages: in.Languages,
		ReferencePrefix: in.ReferencePrefix, CommentMaxLength: process.DefaultCommentMaxLength,
		EvaluatingLimit: process.DefaultEvaluatingLimit, ReportsToHide: process.DefaultReportsToHide,
		LinkLimit:     process.DefaultLinkLimit,
		PreModeration: process.DefaultPreModeration, CreatedAt: s.at, UpdatedAt: s.at,
	}

	for i, f := range in.Phases {
		s.rows.Phases = append(s.rows.Phases, s.newPhase(i+1, f))
	}

	for i, a := range in.Axes {
		s.axes[a.Key] = &ent.Axis{
			ID: s.newID("axis"), ProcessID: s.process.ID, Position: i + 1, Title: a.Title, Description: a.Description,
		}
		s.rows.Axes = append(s.rows.Axes, s.axes[a.Key])
	}
}

func (s *story) newPhase(position int, in samplePhase) *ent.Phase {
	f := &ent.Phase{
		ID: s.newID("phase"), ProcessID: s.process.ID, Position: position, Name: in.Name, Description: in.Description,
		OpensAt: s.ago(-in.OpensAtDays), Comments: in.Comments, Supports: in.Supports,
		AmendmentSubmission: in.AmendmentSubmission, AmendmentDecision: in.AmendmentDecision,
		AmendmentPromotion: in.AmendmentPromotion, Announced: phase.AnnouncedNOTHING,
	}
	if in.ClosesAtDays != nil {
		f.ClosesAt = new(s.ago(-*in.ClosesAtDays))
	}
	return f
}

func (s *story) grantRoles(people []samplePerson) {
	for _, in := range people {
		for _, name := range in.Roles {
			u := s.users[in.Key]
			s.rows.Roles = append(s.rows.Roles, &ent.Role{
				ID: s.newID("role"), UserID: u.ID, ProcessID: s.process.ID, Name: name, CreatedAt: s.at,
			})
			roles := s.viewers[u.ID].Roles
			roles[s.process.ID] = append(roles[s.process.ID], string(name))
		}
	}
}

func (s *story) publishProcess() error {
	s.process.PublishedAt, s.process.UpdatedAt = new(s.at), s.at
	s.audit(s.admin(), "publishProcess", s.process.ID, "", nil)
	s.record(live.Event{Topic: s.process.ID, Type: live.ProcessPublished, Subject: s.process.ID})
	return nil
}

// admin returns who administers the site and the process.
func (s *story) admin() string {
	i := slices.IndexFunc(s.rows.Users, func(u *ent.User) bool { return *u.Email == accounts[0].email })
	return s.rows.Users[i].ID
}

// announce says that a phase opened or closed.
func (s *story) announce(f *ent.Phase, what phase.Announced, event live.Type) {
	f.Announced = what
	s.record(live.Event{Topic: f.ProcessID, Type: event, Subject: f.ID})
}

// openings returns what the process allows at the time of the act.
func (s *story) openings() processes.Openings { return processes.OpeningsAt(s.rows.Phases, s.at) }
