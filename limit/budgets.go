package limit

import "time"

// Budget is what may be done in a while: as much at once, and again as it fills, evenly.
type Budget struct {
	Tokens int
	Per    time.Duration // from empty to full
}

// The budgets, by the names that errors, headers and metrics give them. A person is an account, wherever they sign in;
// an address is one of IPv4, or a network /64 of IPv6. What a person does counts for their address, too.
const (
	PersonRequests  = "personRequests"
	AddressRequests = "addressRequests"
	PersonCost      = "personCost"
	AddressCost     = "addressCost"
	PersonEvents    = "personEvents"
	AddressEvents   = "addressEvents"
	PersonWrites    = "personWrites"
	AddressWrites   = "addressWrites"
	AccountSignIns  = "accountSignIns"
	AddressSignIns  = "addressSignIns"
	AccountMails    = "accountMails"
	AddressMails    = "addressMails"
	AddressPages    = "addressPages"
	AddressHealth   = "addressHealth"
	AddressOpenings = "addressOpenings" // of connections; each process counts by itself
)

// Named is a budget with its name and the setting that says its size.
type Named struct {
	Name, Setting string
	Budget
}

// Usual are the budgets where no setting says otherwise. An address may be that of a hall where a few hundred people
// take part, so it has ten times as much as a person, or more.
var Usual = []Named{
	{PersonRequests, "PERSON_REQUESTS", Budget{600, time.Minute}},
	{AddressRequests, "ADDRESS_REQUESTS", Budget{6_000, time.Minute}},
	{PersonCost, "PERSON_COST", Budget{60_000, time.Minute}},
	{AddressCost, "ADDRESS_COST", Budget{600_000, time.Minute}},
	{PersonEvents, "PERSON_EVENTS", Budget{60_000, time.Minute}},
	{AddressEvents, "ADDRESS_EVENTS", Budget{600_000, time.Minute}},
	{PersonWrites, "PERSON_WRITES", Budget{60, time.Minute}},
	{AddressWrites, "ADDRESS_WRITES", Budget{1_200, time.Minute}},
	{AccountSignIns, "ACCOUNT_SIGN_INS", Budget{20, 15 * time.Minute}},
	{AddressSignIns, "ADDRESS_SIGN_INS", Budget{300, 15 * time.Minute}},
	{AccountMails, "ACCOUNT_MAILS", Budget{5, time.Hour}},
	{AddressMails, "ADDRESS_MAILS", Budget{300, time.Hour}},
	{AddressPages, "ADDRESS_PAGES", Budget{12_000, time.Minute}},
	{AddressHealth, "ADDRESS_HEALTH", Budget{3_000, time.Minute}},
	{AddressOpenings, "ADDRESS_OPENINGS", Budget{12_000, time.Minute}},
}

// UsualBudgets returns the budgets of Usual by their names. The caller may change them.
func UsualBudgets() map[string]Budget {
	all := map[string]Budget{}
	for _, b := range Usual {
		all[b.Name] = b.Budget
	}
	return all
}
