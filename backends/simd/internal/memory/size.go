package memory

import (
	"math"
	"strconv"
	"strings"
)

// units are the factors that may follow a size.
var units = []struct {
	name   string
	factor float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
}

// ParseSize reads a positive number of bytes, or of one of the units.
func ParseSize(text string) (bytes int64, ok bool) {
	for _, u := range units {
		number, found := strings.CutSuffix(text, u.name)
		if !found {
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		x *= u.factor
		return int64(x), err == nil && x >= 1 && x < math.MaxInt64
	}
	return 0, false
}

// FormatSize writes a number of bytes with one decimal place, as ParseSize reads it.
func FormatSize(bytes int64) string {
	for i := 3; i >= 0; i-- {
		if u := units[i]; float64(bytes) >= u.factor {
			return strconv.FormatFloat(float64(bytes)/u.factor, 'f', 1, 64) + u.name
		}
	}
	return strconv.FormatInt(bytes, 10) + "B"
}
