package testenv

import "syscall"

// inMemory is a folder whose files are in memory, where they cost no work of a disk.
const inMemory = "/dev/shm"

// enough is how much memory must be free, in bytes: containers often have 64 MiB, which is too little.
const enough = 2 << 30

// memory returns a folder for the files of databases, or "" for the usual one.
func memory() string {
	var found syscall.Statfs_t
	if err := syscall.Statfs(inMemory, &found); err != nil || found.Bavail*uint64(found.Bsize) < enough {
		return ""
	}
	if err := syscall.Access(inMemory, writable); err != nil {
		return ""
	}
	return inMemory
}

// writable is the sum of W_OK and X_OK of access(2).
const writable = 2 | 1
