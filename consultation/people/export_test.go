package people

// RestingID is for tests that write a nickname at rest.
var RestingID = restingID
