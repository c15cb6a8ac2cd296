"""The same requests to the mock and to the real server: where do they answer otherwise?

steps       what is asked, in which order, and what is looked at
scenarios   steps from a plan: records made, read, listed, changed and deleted; `lists`, `refusals` add theirs
recorded    steps from a recorded run
sides       the two servers: asked alike, each with its own ids and credentials
facts       what one answer shows, so that two of them can be compared
shapes      what all answers showed of each place in a body
comparing   facts that differ, as findings; `checks` names them, `hints` say what to write into a plan
running     all of it in lockstep, with what was made deleted at the end
"""
