package terminal

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// plainWord is a word that a shell reads as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_%+,./:=@-]+$`)

// Word writes a word, such as the name of a run, so that a command in a message can be pasted into a shell: in quotes
// unless it is plain.
func Word(word string) string {
	switch {
	case plainWord.MatchString(word):
		return word
	case utf8.ValidString(word) && Printable(word, len(word)) == word:
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder // $'…' of bash, zsh and ksh, for what can't be shown
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= ' ' && c <= '~':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return "$'" + b.String() + "'"
}

// Words is what was typed, by [Word].
func Words(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = Word(word)
	}
	return strings.Join(quoted, " ")
}
