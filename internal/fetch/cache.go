package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
)

// tempPrefix starts the names of unfinished files; the next fetch clears away those of a crash.
const tempPrefix = ".partial-"

// CacheDir is the folder under which amgen keeps what it fetched: $AMGEN_CACHE, else amgen inside
// the user's cache folder ($XDG_CACHE_HOME or its platform's equivalent). Without a home there is none: the root of
// the file system isn't written to. The error says what to set.
func CacheDir() (string, error) {
	if dir := os.Getenv("AMGEN_CACHE"); dir != "" {
		return dir, nil
	}
	if home, err := os.UserHomeDir(); os.Getenv("XDG_CACHE_HOME") == "" && (err != nil || filepath.Dir(home) == home) {
		return "", errNoCache
	}
	return filepath.Join(xdg.CacheHome, "amgen"), nil
}

var errNoCache = errors.New("no folder for the cache, since HOME names none; set AMGEN_CACHE to a folder")

func offlineEnv() bool {
	v := os.Getenv("AMGEN_OFFLINE")
	return v != "" && v != "0" && v != "false"
}

// clearPartial removes what a crashed fetch left; only the holder of the lock may call it.
func clearPartial(dir string) {
	entries, _ := os.ReadDir(dir) // a folder that cannot be listed has nothing to clear
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// hasSize is the cheap half of the check: a regular file of the right size.
func hasSize(dir string, f File) bool {
	st, err := os.Stat(filepath.Join(dir, f.Name))
	return err == nil && st.Mode().IsRegular() && st.Size() == f.Size
}

// intact is the whole check: size and hash.
func intact(dir string, f File) bool {
	if !hasSize(dir, f) {
		return false
	}
	sum, err := HashFile(filepath.Join(dir, f.Name))
	return err == nil && sum == f.SHA256
}

// ReadRegular reads a regular file of at most limit bytes. Anything else, such as a FIFO, which would wait, or a
// device, is an error.
func ReadRegular(path string, limit int64) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file but %s", path, st.Mode().Type())
	}
	if st.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than the %d of the right one", path, st.Size(), limit)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// HashFile is the SHA-256 of a file, in hex.
func HashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hexSum(h), nil
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
