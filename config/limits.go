package config

import (
	"time"

	"ensemble/limit"
)

// readLimits reads what anybody may ask for. A server without limits listens on loopback only.
func (c *Config) readLimits() (err error) {
	var pace int
	if err := numbers(
		wanted{&c.MaxDepth, "MAX_DEPTH", 12, 1},
		wanted{&c.MaxCost, "MAX_COST", 3000, 1},
		wanted{&c.MaxTokens, "MAX_TOKENS", 5000, 1},
		wanted{&c.MaxAnswer, "MAX_ANSWER_KIB", 8192, 1},
		wanted{&pace, "COMMENT_PACE_SECONDS", 3, 0},
		wanted{&c.PerAddress, "ADDRESS_SOCKETS", 1000, 1},
		wanted{&c.PerPerson, "PERSON_SUBSCRIPTIONS", 500, 1},
		wanted{&c.PersonQuestions, "PERSON_QUESTIONS", 100, 1},
		wanted{&c.AddressQuestions, "ADDRESS_QUESTIONS", 200, 1},
		wanted{&c.ProcessQuestions, "PROCESS_QUESTIONS", 10_000, 1},
	); err != nil {
		return err
	}
	c.CommentPace = time.Duration(pace) * time.Second

	if c.Budgets, err = budgets(); err != nil {
		return err
	}

	if c.Unlimited, err = choice("LIMITS", "on", "off"); c.Unlimited {
		c.Addr = onLoopback(c.Addr)
	}
	return err
}

// budgets reads the size of each budget. How long each takes to fill again is no setting.
func budgets() (map[string]limit.Budget, error) {
	all := map[string]limit.Budget{}
	for _, b := range limit.Usual {
		tokens, err := number(b.Setting, b.Tokens, 1)
		if err != nil {
			return nil, err
		}
		all[b.Name] = limit.Budget{Tokens: tokens, Per: b.Per}
	}
	return all, nil
}
