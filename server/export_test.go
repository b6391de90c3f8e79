package server

// What tests of package server_test need from inside.

// StyleHash is how a policy names a style.
var StyleHash = styleHash
