package processes

import (
	"ensemble/consultation/change"
	"ensemble/ent/role"
)

// ArchiveOfRoles returns the part of an archive with the roles that a person has in processes.
func (s *Processes) ArchiveOfRoles() []change.ArchivePart {
	return []change.ArchivePart{
		change.Archived("roles.json", "id process_id name created_at",
			s.Read.Role.Query, role.UserID),
	}
}
