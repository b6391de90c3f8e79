package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
)

// Seal encrypts what only the holder of the token can read again. Of the token itself only a hash is stored, so what is
// sealed cannot be read from the database.
func Seal(token string, secret []byte) ([]byte, error) {
	box, err := sealedBy(token)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, secret, nil), nil // the nonce is random, and in front
}

// Unseal returns what Seal has encrypted under the same token. It fails with any other token.
func Unseal(token string, sealed []byte) ([]byte, error) {
	box, err := sealedBy(token)
	if err != nil {
		return nil, err
	}
	return box.Open(nil, nil, sealed, nil)
}

// sealedBy returns the cipher that a token is the key of.
func sealedBy(token string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(token), nil, "ensemble: kept for the holder of a session", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
